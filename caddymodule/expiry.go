package caddymodule

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/credential"
)

var certificateExpiry = prometheus.NewDesc("gatehouse_client_certificate_expiry_timestamp_seconds",
	"When a client certificate that was accepted expires, in Unix time; at most 16 of a connector.", []string{"connector", "thumbprint"}, nil)

// expiries reads the gauge off the connectors that are loaded, so that one that is
// gone leaves none behind and a call has nothing to do for it.
var expiries = expiryCollector{live: make(map[*credential.Certificates]string)}

type expiryCollector struct {
	mu   sync.Mutex
	live map[*credential.Certificates]string // to the connector's name
}

// watch shows the certificates of a connector until its configuration ends.
func (e *expiryCollector) watch(ctx caddy.Context, connector string, certificates *credential.Certificates) error {
	var already prometheus.AlreadyRegisteredError
	if err := ctx.GetMetricsRegistry().Register(e); err != nil && !errors.As(err, &already) {
		return fmt.Errorf("registering metrics: %w", err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.live[certificates] = connector
	context.AfterFunc(ctx, func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		delete(e.live, certificates)
	})
	return nil
}

// Describe implements prometheus.Collector.
func (e *expiryCollector) Describe(ch chan<- *prometheus.Desc) { ch <- certificateExpiry }

// Collect implements prometheus.Collector. At a reload two configurations of one
// connector may have accepted the same certificate.
func (e *expiryCollector) Collect(ch chan<- prometheus.Metric) {
	type series struct{ connector, thumbprint string }
	expires := make(map[series]time.Time)
	e.mu.Lock()
	for certificates, connector := range e.live {
		for _, proof := range certificates.Accepted() {
			expires[series{connector, proof.Thumbprint()}] = proof.Expires
		}
	}
	e.mu.Unlock()
	for s, at := range expires {
		ch <- prometheus.MustNewConstMetric(certificateExpiry, prometheus.GaugeValue, float64(at.Unix()), s.connector, s.thumbprint)
	}
}
