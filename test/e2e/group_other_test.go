//go:build !unix

package e2e

import "os/exec"

// ownGroup is for traced programs, of which there are none here.
func ownGroup(*exec.Cmd) {}
