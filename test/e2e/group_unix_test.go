//go:build unix

package e2e

import (
	"os/exec"
	"syscall"
)

// ownGroup has a program and those that it starts get signals together.
func ownGroup(command *exec.Cmd) { command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }
