package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// lab is where jobs run: the servers, and a folder for what is written.
type lab struct {
	options
	dir     string
	fields  string // all columns of the items, with commas
	saved   string // the small dataset as JSON Lines
	sizes   map[string]int
	flags   map[string][]string
	address map[string]string
	running map[string]*exec.Cmd
}

func newLab(ctx context.Context, o options) (_ *lab, err error) {
	l := &lab{options: o, sizes: map[string]int{
		plainServer: o.items, smallServer: o.small, nearServer: o.small, wideServer: o.small, farServer: o.items, largeServer: o.large,
	}, flags: map[string][]string{
		nearServer: {"-latency", "50ms", "-bandwidth", "10000000"},
		wideServer: {"-latency", "50ms"},
		farServer:  {"-latency", "100ms", "-bandwidth", "10000000", "-rate", "60"},
	}, address: map[string]string{}, running: map[string]*exec.Cmd{}}
	if l.dir, err = os.MkdirTemp("", "apifyctl-bench"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			l.close()
		}
	}()
	for name := range l.sizes {
		if l.address[name], err = freeAddress(); err != nil {
			return nil, err
		}
	}
	if err := l.need(ctx, smallServer); err != nil {
		return nil, err
	}
	header, err := l.get(ctx, l.items(smallServer)+"?format=csv&limit=0")
	if err != nil {
		return nil, err
	}
	l.fields, _, _ = strings.Cut(strings.TrimPrefix(string(header), "\ufeff"), "\n")
	l.saved = filepath.Join(l.dir, "small.jsonl")
	file, err := os.Create(l.saved)
	if err != nil {
		return nil, err
	}
	// This program stays small: the memory that a child is said to have had at
	// most begins with that of its parent.
	return l, errors.Join(l.copy(ctx, file, l.items(smallServer)+"?format=jsonl"), file.Close())
}

func (l *lab) close() {
	for _, server := range l.running {
		_ = server.Process.Kill()
		_ = server.Wait() // it was killed
	}
	_ = os.RemoveAll(l.dir)
}

func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}

func (l *lab) base(server string) string  { return "http://" + l.address[server] }
func (l *lab) items(server string) string { return l.base(server) + "/v2/datasets/bench/items" }
func (l *lab) tool(name string) string    { return filepath.Join(l.tools, name) }
func (l *lab) script(name string) string  { return filepath.Join(l.peers, name) }

// need starts a server and waits until it answers.
func (l *lab) need(ctx context.Context, server string) error {
	if l.running[server] != nil {
		return nil
	}
	args := append([]string{"-listen", l.address[server], "-items", strconv.Itoa(l.sizes[server])}, l.flags[server]...)
	command := exec.CommandContext(ctx, l.tool("server"), args...)
	if err := command.Start(); err != nil {
		return err
	}
	l.running[server] = command
	for range 300 {
		if _, err := l.get(ctx, l.base(server)+"/v2/datasets/bench"); err == nil {
			return nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	return fmt.Errorf("server %q does not answer", server)
}

func (l *lab) get(ctx context.Context, url string) ([]byte, error) {
	var body bytes.Buffer
	err := l.copy(ctx, &body, url)
	return body.Bytes(), err
}

func (l *lab) copy(ctx context.Context, w io.Writer, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", url, answer.Status)
	}
	_, err = io.Copy(w, answer.Body)
	return err
}

// check runs a job once and looks at what it writes.
func (l *lab) check(ctx context.Context, j job) error {
	if j.file != "" {
		if _, err := l.run(ctx, j, nil); err != nil {
			return err
		}
		file, err := os.Open(j.file)
		if err != nil {
			return err
		}
		return errors.Join(j.check(file, l.sizes[j.server]), file.Close(), os.Remove(j.file))
	}
	if j.check == nil {
		return nil
	}
	reader, writer, err := os.Pipe()
	if err != nil {
		return err
	}
	checked := make(chan error, 1)
	go func() {
		err := j.check(reader, l.sizes[j.server])
		checked <- errors.Join(err, reader.Close())
	}()
	_, err = l.run(ctx, j, writer)
	return errors.Join(err, <-checked)
}

type taken struct {
	seconds   float64
	megabytes int // of the last program of the pipe
}

func (l *lab) time(ctx context.Context, j job) (taken, error) {
	if j.file != "" {
		defer os.Remove(j.file)
	}
	if !j.reports {
		return l.run(ctx, j, nil)
	}
	file, err := os.Create(filepath.Join(l.dir, "seconds"))
	if err != nil {
		return taken{}, err
	}
	t, err := l.run(ctx, j, file)
	if err != nil {
		return t, err
	}
	text, err := os.ReadFile(file.Name())
	if err == nil {
		t.seconds, err = strconv.ParseFloat(strings.TrimSpace(string(text)), 64)
	}
	return t, err
}

// run runs a pipe of commands. Its output, which is closed, is /dev/null unless
// there is one.
func (l *lab) run(ctx context.Context, j job, out *os.File) (t taken, err error) {
	if out == nil {
		if out, err = os.OpenFile(os.DevNull, os.O_WRONLY, 0); err != nil {
			return t, err
		}
	}
	complaints := filepath.Join(l.dir, "complaints")
	messages, err := os.Create(complaints)
	if err != nil {
		return t, errors.Join(err, out.Close())
	}
	ours := []*os.File{out, messages} // until the last command has them
	defer func() {
		for _, file := range ours {
			err = errors.Join(err, file.Close())
		}
	}()
	var in *os.File
	var commands []*exec.Cmd
	for i, args := range j.commands {
		command := exec.CommandContext(ctx, args[0], args[1:]...)
		command.Env = append(append(os.Environ(), "APIFY_TOKEN=x", "HOME="+l.dir, "XDG_CONFIG_HOME="+l.dir), j.env...)
		command.Stderr, command.Stdout = messages, out
		if in != nil {
			command.Stdin = in
		}
		if i < len(j.commands)-1 {
			reader, writer, err := os.Pipe()
			if err != nil {
				return t, err
			}
			command.Stdout, in = writer, reader
			ours = append(ours, reader, writer)
		}
		commands = append(commands, command)
	}
	start := time.Now()
	for i, command := range commands {
		if err := command.Start(); err != nil {
			for _, started := range commands[:i] {
				_ = started.Process.Kill()
				_ = started.Wait() // it was killed
			}
			return t, err
		}
	}
	for _, file := range ours {
		err = errors.Join(err, file.Close())
	}
	ours = nil
	for i, command := range commands {
		if ended := command.Wait(); ended != nil {
			text, _ := os.ReadFile(complaints)
			err = errors.Join(err, fmt.Errorf("%s: %w: %.300s", filepath.Base(j.commands[i][0]), ended, text))
		}
	}
	t.seconds = time.Since(start).Seconds()
	if usage, ok := commands[len(commands)-1].ProcessState.SysUsage().(*syscall.Rusage); ok {
		t.megabytes = int(usage.Maxrss >> 10)
	}
	return t, err
}
