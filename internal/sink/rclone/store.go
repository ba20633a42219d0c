// Package rclone hands objects to the user's own rclone, for the stores that this
// program does not speak to itself.
package rclone

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os/exec"
	"path"
	"strings"

	"github.com/apifyctl/apifyctl/internal/sink/object"
)

// Store is one of rclone's remotes.
type Store struct {
	program string
	remote  string
}

// Open finds rclone. Remotes and their credentials are its own affair.
func Open(remote string) (*Store, error) {
	program, err := exec.LookPath("rclone")
	if err != nil {
		return nil, &object.Error{Kind: object.Failed, Problem: "there is no program rclone", Hint: "install it: rclone.org/install", Err: err}
	}
	return &Store{program, remote}, nil
}

func (s *Store) at(key string) string { return s.remote + ":" + key }

// The exit codes of rclone for what is not there.
const (
	noDirectory = 3
	noFile      = 4
)

// file is what rclone says of one.
type file struct {
	Path  string
	Size  int64
	IsDir bool
}

// Stat looks a file up.
func (s *Store) Stat(ctx context.Context, key string) (object.Info, error) {
	var found *file
	if err := s.ask(ctx, &found, "lsjson", "--stat", s.at(key)); err != nil {
		return object.Info{}, err
	}
	if found == nil || found.IsDir {
		return object.Info{}, missing()
	}
	return object.Info{Key: key, Size: found.Size}, nil
}

func missing() error {
	return &object.Error{Kind: object.Missing, Problem: "there is no such file"}
}

// ask runs rclone and reads the JSON that it prints.
func (s *Store) ask(ctx context.Context, into any, args ...string) error {
	out, err := s.output(ctx, args...)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(out, into); err != nil {
		return &object.Error{Kind: object.Failed, Problem: "what rclone prints makes no sense", Err: err}
	}
	return nil
}

func (s *Store) run(ctx context.Context, args ...string) error {
	_, err := s.output(ctx, args...)
	return err
}

func (s *Store) output(ctx context.Context, args ...string) ([]byte, error) {
	var out, said bytes.Buffer
	command := exec.CommandContext(ctx, s.program, args...) // #nosec G204 -- the user's own program
	command.Stdout, command.Stderr = &out, &said
	err := command.Run()
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, failed(err, said.String())
	}
	return out.Bytes(), nil
}

// failed puts the end of rclone in our words.
func failed(err error, said string) error {
	e := &object.Error{Kind: object.Failed, Problem: "rclone failed", Err: err}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && (exit.ExitCode() == noDirectory || exit.ExitCode() == noFile) {
		return missing()
	}
	lines := strings.Split(strings.TrimSpace(said), "\n")
	if last := strings.TrimSpace(lines[len(lines)-1]); last != "" {
		// Behind the time and the level stands what happened.
		if _, text, ok := strings.Cut(last, ": "); ok && len(last) > len("2006/01/02") && last[4] == '/' {
			last = strings.TrimSpace(text)
		}
		e.Problem += ": " + last
	}
	return e
}

// Open reads a file.
func (s *Store) Open(ctx context.Context, key string) (io.ReadCloser, error) {
	if _, err := s.Stat(ctx, key); err != nil {
		return nil, err
	}
	command := exec.CommandContext(ctx, s.program, "cat", s.at(key)) // #nosec G204 -- the user's own program
	said := &bytes.Buffer{}
	command.Stderr = said
	out, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, err
	}
	return &reader{ReadCloser: out, command: command, said: said}, nil
}

// reader is what rclone prints; that it failed shows at the end.
type reader struct {
	io.ReadCloser
	command *exec.Cmd
	said    *bytes.Buffer
	ended   bool
}

func (r *reader) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	if errors.Is(err, io.EOF) && !r.ended {
		r.ended = true
		if waitErr := r.command.Wait(); waitErr != nil {
			err = failed(waitErr, r.said.String())
		}
	}
	return n, err
}

func (r *reader) Close() error {
	if !r.ended {
		r.ended = true
		_ = r.command.Process.Kill()
		_ = r.command.Wait() // it says that it was killed
	}
	return nil // Wait has closed it
}

// List yields the files below a prefix, which is a folder.
func (s *Store) List(ctx context.Context, prefix string) iter.Seq2[object.Info, error] {
	return func(yield func(object.Info, error) bool) {
		var files []file
		folder := strings.TrimSuffix(prefix, "/")
		err := s.ask(ctx, &files, "lsjson", "--recursive", "--files-only", s.at(folder))
		if err != nil && !object.Missing.Is(err) {
			yield(object.Info{}, err)
			return
		}
		for _, each := range files {
			if !yield(object.Info{Key: path.Join(folder, each.Path), Size: each.Size}, nil) {
				return
			}
		}
	}
}

// Begin starts rclone rcat. What it would be refused shows when it writes, and not
// before, but that it knows the remote is asked first. Where a file shows while it is
// written, as in a folder, it has a temporary name until it is whole.
func (s *Store) Begin(ctx context.Context, key string, o object.Options) (object.Upload, error) {
	var remote struct {
		Features struct{ PartialUploads bool }
	}
	if err := s.ask(ctx, &remote, "backend", "features", s.at("")); err != nil {
		return nil, err
	}
	u := &upload{Store: s, key: key, options: o, name: key}
	if remote.Features.PartialUploads {
		u.name = path.Join(path.Dir(key), ".apifyctl-"+strings.ToLower(rand.Text())+".tmp")
	}
	var err error
	if u.process, err = start(s.program, "rcat", s.at(u.name)); err != nil {
		return nil, fmt.Errorf("start rclone: %w", err)
	}
	return u, nil
}

// upload is a running rclone rcat.
type upload struct {
	*Store
	key     string
	name    string // until it is whole
	options object.Options
	process *process
}

func (u *upload) Traits() object.Traits { return object.Traits{AtOnce: 1} }

func (u *upload) Part(ctx context.Context, p object.Part) error {
	defer context.AfterFunc(ctx, u.process.kill)()
	if _, err := io.Copy(u.process.input, p.Reader()); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return u.process.reason()
	}
	return nil
}

// Commit tells rclone that this was all. With --no-clobber it looks before whether
// something is there: rclone has no way to do both at once.
func (u *upload) Commit(ctx context.Context, last object.Part, _ object.Whole) error {
	if err := u.Part(ctx, last); err != nil {
		return err
	}
	if u.options.NoClobber {
		switch _, err := u.Stat(ctx, u.key); {
		case err == nil:
			return &object.Error{Kind: object.Exists, Problem: "it was written meanwhile, and stays"}
		case !object.Missing.Is(err):
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := u.process.finish(); err != nil || u.name == u.key {
		return err
	}
	return u.run(ctx, "moveto", u.at(u.name), u.at(u.key))
}

// Abort ends rclone before its end of input, and removes what may be left.
func (u *upload) Abort(ctx context.Context) error {
	u.process.kill()
	if u.name == u.key {
		return nil
	}
	if err := u.run(ctx, "deletefile", u.at(u.name)); err != nil && !object.Missing.Is(err) {
		return err
	}
	return nil
}
