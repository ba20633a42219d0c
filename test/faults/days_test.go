package faults

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// day is what happens to a whole run, besides what the proxy does to its requests.
type day struct {
	name   string
	signal os.Signal // sent at some moment; nil: none
	limit  string    // an option of ulimit and its value; "": none
	front  func(*httptest.Server) (address string, end func())
	fails  bool // nothing can come of it but an error
}

// days are those that are not like others; the most are ordinary ones.
func days() []day {
	all := []day{
		{name: "interrupted", signal: os.Interrupt},
		{name: "terminated", signal: syscall.SIGTERM},
		{name: "killed", signal: syscall.SIGKILL},
		{name: "refused", front: refused, fails: true},
		{name: "refused for a while", front: refusedForAWhile},
		{name: "no such host", front: unknownHost, fails: true},
		{name: "a certificate that nobody knows", front: untrusted, fails: true},
		{name: "no TLS where TLS was expected", front: plain, fails: true},
	}
	if runtime.GOOS != "windows" {
		all = append(all,
			day{name: "the terminal is gone", signal: syscall.SIGHUP},
			day{name: "few files may be open", limit: "-n 14"},
			day{name: "hardly any file may be open", limit: "-n 9"},
			day{name: "little memory", limit: "-v 1400000"},
		)
	}
	return all
}

// ordinary is the name of a day on which only the proxy does something.
const ordinary = "ordinary"

// dayOf is the day of a seed: of each three, two are ordinary.
func dayOf(seed uint64) day {
	random := rand.New(rand.NewPCG(seed, 2))
	if random.IntN(3) > 0 {
		return day{name: ordinary}
	}
	all := days()
	return all[random.IntN(len(all))]
}

// killed tells whether the program had no chance to say anything.
func (d day) killed() bool { return d.signal == syscall.SIGKILL || strings.HasPrefix(d.limit, "-v") }

// start starts the program, and later sends the signal, if there is one.
func (d day) start(command *exec.Cmd, seed uint64) (end func(), err error) {
	if d.limit != "" {
		command.Args = append([]string{"sh", "-c", "ulimit " + d.limit + ` && exec "$0" "$@"`, command.Path}, command.Args[1:]...)
		if command.Path, err = exec.LookPath("sh"); err != nil {
			return nil, err
		}
	}
	if err := command.Start(); err != nil {
		return nil, err
	}
	if d.signal == nil {
		return func() {}, nil
	}
	// Most runs take from 20 ms to two seconds.
	random := rand.New(rand.NewPCG(seed, 3))
	moment := time.Duration(1<<random.IntN(11)) * time.Millisecond
	timer := time.AfterFunc(moment+time.Duration(random.Int64N(int64(moment))), func() { _ = command.Process.Signal(d.signal) })
	return func() { timer.Stop() }, nil
}

// address is where the program finds what is in front of the server.
func (d day) address(front *httptest.Server) (string, func()) {
	if d.front == nil {
		return front.URL, func() {}
	}
	return d.front(front)
}

func refused(*httptest.Server) (string, func()) {
	listener := listen()
	_ = listener.Close()
	return "http://" + listener.Addr().String(), func() {}
}

// refusedForAWhile gives an address where somebody listens a second later.
func refusedForAWhile(front *httptest.Server) (string, func()) {
	listener := listen()
	address := listener.Addr().String()
	_ = listener.Close()
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Second):
		}
		var config net.ListenConfig
		listener, err := config.Listen(ctx, "tcp", address)
		if err != nil {
			return // somebody else took the address: then it is refused
		}
		defer func() { _ = listener.Close() }()
		context.AfterFunc(ctx, func() { _ = listener.Close() })
		pass(listener, front.Listener.Addr().String())
	}()
	return "http://" + address, cancel
}

// pass connects whoever comes with an address.
func pass(listener net.Listener, address string) {
	for {
		here, err := listener.Accept()
		if err != nil {
			return
		}
		there, err := net.Dial("tcp", address) //nolint:noctx // on the same machine
		if err != nil {
			_ = here.Close()
			continue
		}
		for from, to := range map[net.Conn]net.Conn{here: there, there: here} {
			go func() {
				_, _ = io.Copy(to, from)
				_ = to.Close()
			}()
		}
	}
}

func unknownHost(*httptest.Server) (string, func()) { return "https://no-such-host.invalid", func() {} }

func untrusted(front *httptest.Server) (string, func()) {
	other := httptest.NewUnstartedServer(front.Config.Handler)
	other.Config.ErrorLog = log.New(io.Discard, "", 0)
	other.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	other.StartTLS()
	return other.URL, other.Close
}

func plain(front *httptest.Server) (string, func()) {
	return strings.Replace(front.URL, "http:", "https:", 1), func() {}
}

// hosts counts addresses that were listened on.
var hosts atomic.Uint32

// listen listens on an address that nobody else gets once it is closed: on Linux
// all of 127.0.0.0/8 is this machine.
func listen() net.Listener {
	host := "127.0.0.1"
	if runtime.GOOS == "linux" {
		n := hosts.Add(1)
		host = fmt.Sprintf("127.1.%d.%d", n>>8&0xff, n&0xff)
	}
	listener, err := net.Listen("tcp", host+":0") //nolint:noctx // on the same machine
	if err != nil {
		panic(err)
	}
	return listener
}

// expects finds an exit code that the day does not explain.
func (d day) expects(got result, codes []int) string {
	switch {
	case d.fails && got.code == 0:
		return "success, where no server was"
	case d.killed():
		return ""
	case d.signal != nil && (got.code == 130 || got.signaled):
		return ""
	}
	if !slices.Contains(append(codes, 0, 1), got.code) {
		return "the wrong exit code"
	}
	if got.code != 0 && !strings.Contains(got.stderr, "error: ") {
		return "an exit code without an error"
	}
	return ""
}
