package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/apifyctl/apifyctl/test/process"
)

// served is a directory with a server on it, a process of its own that can be
// killed and started again on the same port.
type served struct {
	*process.Server
	t      *testing.T
	dir    string
	client *http.Client
	tracer []string // the program that runs the server, and its arguments; usually none
}

func newServed(t *testing.T) *served {
	t.Helper()
	s := &served{
		t: t, dir: filepath.Join(t.TempDir(), "storage"),
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}},
	}
	s.Server = process.NewServer(t, s.process)
	t.Cleanup(s.client.CloseIdleConnections)
	return s
}

// program is apifyctl on the directory.
func (s *served) program(arguments ...string) *exec.Cmd {
	command := exec.CommandContext(context.WithoutCancel(s.t.Context()), "apifyctl", append(arguments, "--local", s.dir)...)
	home := s.t.TempDir()
	command.Env = append(os.Environ(), "HOME="+home, "XDG_CONFIG_HOME="+home, "APPDATA="+home, "APIFYCTL_SERVE_TOKENS=any")
	return command
}

func (s *served) process(address string) *exec.Cmd {
	serve := s.program("serve", "--listen", address)
	if s.tracer == nil {
		return serve
	}
	traced := exec.CommandContext(context.WithoutCancel(s.t.Context()), s.tracer[0], append(s.tracer[1:], serve.Args...)...)
	traced.Env = serve.Env
	ownGroup(traced)
	return traced
}

// start returns when the server answers.
func (s *served) start() {
	s.t.Helper()
	if err := s.Start(); err != nil {
		s.t.Fatal(err)
	}
}

// kill ends the server as kill -9 does.
func (s *served) kill() {
	s.t.Helper()
	if err := s.Kill(); err != nil {
		s.t.Error(err)
	}
}

// ask does one request, with no second try.
func (s *served) ask(method, path string, body []byte) (status int, answer []byte, err error) {
	return s.askWith(method, path, "application/json", bytes.NewReader(body))
}

func (s *served) askWith(method, path, contentType string, body io.Reader) (status int, answer []byte, err error) {
	request, err := http.NewRequestWithContext(s.t.Context(), method, s.URL()+"/v2"+path, struct{ io.Reader }{body})
	if err != nil {
		return 0, nil, err
	}
	request.Header.Set("Content-Type", contentType)
	response, err := s.client.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer func() { err = errors.Join(err, response.Body.Close()) }()
	answer, err = io.ReadAll(response.Body)
	return response.StatusCode, answer, err
}

// data does a request that has to succeed, and decodes what is in the envelope.
func (s *served) data(method, path string, body []byte, target any) {
	s.t.Helper()
	status, answer, err := s.ask(method, path, body)
	if err != nil || status >= 300 {
		s.t.Fatalf("%s %s: %d %s, %v", method, path, status, answer, err)
	}
	envelope := struct {
		Data any `json:"data"`
	}{target}
	if err := json.Unmarshal(answer, &envelope); err != nil {
		s.t.Fatalf("%s %s: %v in %s", method, path, err, answer)
	}
}

// create makes a storage and returns its path.
func (s *served) create(collection string) string {
	s.t.Helper()
	var object struct{ ID string }
	s.data(http.MethodPost, "/"+collection+"?name=shared", nil, &object)
	return "/" + collection + "/" + object.ID
}

// A second server is refused; commands beside the first one are not.
func TestOneServerForADirectory(t *testing.T) {
	s := newServed(t)
	s.start()
	dataset := s.create("datasets")
	second := s.program("serve", "--listen", "127.0.0.1:0")
	output, err := second.CombinedOutput()
	if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() < 1 || !strings.Contains(string(output), "another server") {
		t.Errorf("%v: %s", err, output)
	}
	put := s.program("datasets", "put", "shared")
	put.Stdin = strings.NewReader(`[{"n":1},{"n":2}]`)
	if output, err := put.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	if status, answer, err := s.ask(http.MethodGet, dataset+"/items", nil); err != nil || status != 200 || string(answer) != `[{"n":1},{"n":2}]` {
		t.Errorf("%d %s, %v", status, answer, err)
	}
	// Killed, the first one is no obstacle to the next.
	s.kill()
	s.start()
}

// An interrupted server takes no new connections, but answers what it has begun
// to read, and ends with success.
func TestServerStopsGracefully(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("SKIPPED: there is no SIGINT for another process here")
	}
	s := newServed(t)
	s.start()
	store := s.create("key-value-stores")
	reader, writer := io.Pipe()
	type result struct {
		status int
		answer []byte
		err    error
	}
	answered := make(chan result, 1)
	go func() {
		status, answer, err := s.askWith(http.MethodPut, store+"/records/slow", "text/plain", reader)
		answered <- result{status, answer, err}
	}()
	write := func(text string) {
		t.Helper()
		if _, err := io.WriteString(writer, text); err != nil {
			t.Fatal(err)
		}
	}
	// More than what is kept in memory until the rest is there.
	begun := strings.Repeat("begun ", 20_000)
	write(begun)
	// The first part has arrived when a file has it.
	for arrived := false; !arrived; time.Sleep(5 * time.Millisecond) {
		files, err := filepath.Glob(filepath.Join(s.dir, ".apifyctl", "tmp", "*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			info, err := os.Stat(file)
			arrived = arrived || err == nil && info.Size() > 0
		}
	}
	if err := s.Running.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	dialer := net.Dialer{}
	for {
		connection, err := dialer.DialContext(t.Context(), "tcp", s.Address)
		if err != nil {
			break // it is stopping
		}
		if err := connection.Close(); err != nil {
			t.Error(err)
		}
		time.Sleep(5 * time.Millisecond)
	}
	write("and finished")
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	if got := <-answered; got.err != nil || got.status != http.StatusCreated {
		t.Errorf("%d %s, %v", got.status, got.answer, got.err)
	}
	if err := s.Running.Wait(); err != nil {
		t.Errorf("%v: %s", err, s.Said)
	}
	s.Running = nil
	text, err := os.ReadFile(filepath.Join(s.dir, "key_value_stores", "shared", "slow.txt"))
	if err != nil || string(text) != begun+"and finished" {
		t.Errorf("%d bytes, %v", len(text), err)
	}
}
