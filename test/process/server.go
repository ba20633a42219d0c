package process

import (
	"context"
	"fmt"
	"net"
	"os/exec"
	"testing"
	"time"
)

// Server is `apifyctl serve` as a process that can be killed, and started again at the
// same address.
type Server struct {
	Address string
	Running *exec.Cmd // nil: it does not run
	Said    *Said     // on stderr, since it was started
	Killed  int       // how often it was killed

	ctx   context.Context //nolint:containedctx // of the test, which outlives it
	serve func(address string) *exec.Cmd
}

// NewServer finds a free port, and starts nothing yet. serve makes the process that
// listens there. What runs when the test ends is killed.
func NewServer(t *testing.T, serve func(address string) *exec.Cmd) *Server {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{Address: listener.Addr().String(), ctx: ctx, serve: serve}
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Kill(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// URL is where it answers.
func (s *Server) URL() string { return "http://" + s.Address }

// Start returns when the server can be reached.
func (s *Server) Start() error {
	s.Said = &Said{}
	s.Running = s.serve(s.Address)
	s.Running.Stderr = s.Said
	if err := s.Running.Start(); err != nil {
		s.Running = nil
		return err
	}
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if connection, err := new(net.Dialer).DialContext(s.ctx, "tcp", s.Address); err == nil {
			return connection.Close()
		}
	}
	return fmt.Errorf("the server does not answer: %s", s.Said)
}

// Kill ends the server, if it runs, as kill -9 does.
func (s *Server) Kill() error {
	if s.Running == nil {
		return nil
	}
	err := s.Running.Process.Kill()
	_ = s.Running.Wait() // it says that it was killed
	s.Running = nil
	s.Killed++
	return err
}
