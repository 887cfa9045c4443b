//go:build linux

package bench

import (
	"context"
	"crypto/tls"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// server is what is measured: its processes, where it listens and how it is called.
type server struct {
	name     string
	address  string
	tls      *tls.Config
	pids     []int
	password string
	want     want
	next     numbers
}

// way is how a server is called: the protocol, how many clients at once, and how many
// calls they make together in a second; 0 is as many as they can.
type way struct {
	Protocol string `json:"protocol"`
	Clients  int    `json:"clients"`
	Rate     int    `json:"rate,omitempty"`
}

const (
	http1 = "HTTP/1.1"
	http2 = "HTTP/2"
)

func (w way) String() string {
	text := fmt.Sprintf("%s, %d clients", w.Protocol, w.Clients)
	if w.Rate > 0 {
		text += fmt.Sprintf(", %d calls/s", w.Rate)
	}
	return text
}

// every is how much later than a call its client makes the next one at the earliest.
func (w way) every() time.Duration {
	if w.Rate == 0 {
		return 0
	}
	return time.Second * time.Duration(w.Clients) / time.Duration(w.Rate)
}

// sample is what one measurement found.
type sample struct {
	Calls     int           `json:"calls"`
	PerSecond float64       `json:"calls_per_second"`
	CPU       time.Duration `json:"cpu_ns_per_call"`
	P50       time.Duration `json:"p50_ns"`
	P99       time.Duration `json:"p99_ns"`
}

// warmUp is how many calls each client makes before those that count: enough for
// the connection, the hash of a password and what is remembered.
const warmUp = 20

// measure calls a server for a while.
func (s *server) measure(ctx context.Context, w way, lasts time.Duration) (sample, error) {
	clients, err := s.dial(ctx, w)
	defer func() {
		for _, c := range clients {
			c.close()
		}
	}()
	if err != nil {
		return sample{}, err
	}
	if _, err := s.drive(clients, 0, func(n int, _ time.Time) bool { return n < warmUp }); err != nil {
		return sample{}, err
	}
	before, err := cpuTime(s.pids)
	if err != nil {
		return sample{}, err
	}
	began := time.Now()
	ends := began.Add(lasts)
	took, err := s.drive(clients, w.every(), func(_ int, now time.Time) bool { return now.Before(ends) })
	if err != nil {
		return sample{}, err
	}
	elapsed := time.Since(began)
	after, err := cpuTime(s.pids)
	if err != nil {
		return sample{}, err
	}
	slices.Sort(took)
	return sample{
		Calls: len(took), PerSecond: float64(len(took)) / elapsed.Seconds(),
		CPU: (after - before) / time.Duration(len(took)),
		P50: percentile(took, 50), P99: percentile(took, 99),
	}, nil
}

func (s *server) dial(ctx context.Context, w way) ([]client, error) {
	if w.Protocol == http2 {
		return dialStreams(s, w.Clients), nil
	}
	var clients []client
	for range w.Clients {
		c, err := dialKeptAlive(ctx, s)
		if err != nil {
			return clients, err
		}
		clients = append(clients, c)
	}
	return clients, nil
}

// drive lets all clients call at once, each as long as more says, and returns how
// long the calls took. Where a call is due every so often, each client begins at a
// moment of its own.
func (s *server) drive(clients []client, every time.Duration, more func(n int, now time.Time) bool) ([]time.Duration, error) {
	var (
		wait   sync.WaitGroup
		mu     sync.Mutex
		all    []time.Duration
		failed error
	)
	for _, c := range clients {
		wait.Go(func() {
			took := make([]time.Duration, 0, 1<<14)
			var err error
			due := time.Now().Add(rand.N(every + 1))
			for n, now := 0, time.Now(); err == nil && more(n, now); n++ {
				if every > 0 {
					<-time.After(due.Sub(now)) // the client's own pace; nothing is waited for
					due, now = due.Add(every), time.Now()
				}
				began := now
				err = c.call(s.next())
				now = time.Now()
				took = append(took, now.Sub(began))
			}
			mu.Lock()
			defer mu.Unlock()
			all = append(all, took...)
			if err != nil {
				failed = fmt.Errorf("%s: %w", s.name, err)
			}
		})
	}
	wait.Wait()
	return all, failed
}

func percentile(sorted []time.Duration, percent int) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)*percent/100, len(sorted)-1)]
}

// median of an even number is the upper of the two in the middle.
func median[N int | float64 | time.Duration](values []N) N {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
