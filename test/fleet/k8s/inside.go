package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

const (
	// insideArg makes this program set up the namespaces that it finds itself in, and
	// become the container's program. What to do is in the variable insideSpec.
	insideArg  = "inside"
	insideSpec = "NODE_CONTAINER"

	entryPoint = "/apifyctl" // of the image
)

// imageVariables are those of the image.
func imageVariables() map[string]string { return map[string]string{"HOME": "/data"} }

// container is what a container is made of.
type container struct {
	Image    string
	Scratch  string // a folder for its root and its volumes
	Mounts   []bind
	ReadOnly bool // its root is
	Dir      string
	User     int
	Args     []string
	Env      []string
}

type bind struct{ From, To string }

// inside runs in new namespaces, as their first process, and ends only with an error.
func inside() error {
	var c container
	if err := json.Unmarshal([]byte(os.Getenv(insideSpec)), &c); err != nil {
		return err
	}
	root := filepath.Join(c.Scratch, "root")
	steps := []func() error{
		func() error { return os.Mkdir(root, 0o755) },
		// What is mounted from here on is seen by nobody else.
		func() error { return syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, "") },
		func() error { return syscall.Mount(c.Image, root, "", syscall.MS_BIND, "") },
		func() error { return syscall.Mount("proc", filepath.Join(root, "proc"), "proc", 0, "") },
	}
	for _, m := range c.Mounts {
		steps = append(steps, func() error {
			if err := syscall.Mount(m.From, filepath.Join(root, m.To), "", syscall.MS_BIND, ""); err != nil {
				return fmt.Errorf("%s: %w", m.To, err)
			}
			return nil
		})
	}
	if c.ReadOnly {
		steps = append(steps, func() error {
			return syscall.Mount("", root, "", syscall.MS_BIND|syscall.MS_REMOUNT|syscall.MS_RDONLY, "")
		})
	}
	steps = append(steps,
		func() error { return syscall.Chroot(root) },
		func() error { return os.Chdir(c.Dir) },
		func() error { return syscall.Setgroups(nil) },
		func() error { return syscall.Setgid(c.User) },
		func() error { return syscall.Setuid(c.User) },
		func() error { return syscall.Exec(c.Args[0], c.Args, c.Env) },
	)
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}
