package demo

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// Validator serves a [Loyalty] on a loopback port of its own. Where it is to refuse
// connections it stops to listen, so that the refusal is the system's and no play.
type Validator struct {
	Loyalty

	mu      sync.Mutex
	address string // host and port, the same for life
	server  *http.Server
	served  chan error
}

// StartValidator serves on a free port. Close ends it.
func StartValidator() (*Validator, error) {
	v := &Validator{address: "127.0.0.1:0"}
	return v, v.listen()
}

// Address is its host and port.
func (v *Validator) Address() string { return v.address }

// Set changes the settings. Calls under way end under the ones they began with,
// unless connections are to be refused: then they break.
func (v *Validator) Set(s Settings) error {
	if err := s.validate(); err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.set(s)
	switch {
	case s.Fault == FaultRefuse:
		return v.stop()
	case v.server == nil:
		return v.listen()
	}
	return nil
}

// Close ends it and the calls under way.
func (v *Validator) Close() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.stop()
}

func (v *Validator) listen() error {
	listener, err := net.Listen("tcp", v.address)
	if err != nil {
		return fmt.Errorf("listening for the sample validator: %w", err)
	}
	v.address = listener.Addr().String()
	v.server = &http.Server{Handler: &v.Loyalty, ReadHeaderTimeout: 5 * time.Second}
	v.served = make(chan error, 1)
	go func(server *http.Server, served chan<- error) { served <- server.Serve(listener) }(v.server, v.served)
	return nil
}

func (v *Validator) stop() error {
	if v.server == nil {
		return nil
	}
	err := v.server.Close()
	if ended := <-v.served; !errors.Is(ended, http.ErrServerClosed) {
		err = errors.Join(err, ended)
	}
	v.server = nil
	return err
}
