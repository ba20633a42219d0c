//go:build unix && !linux

package rclone

import "syscall"

// attributes keep Ctrl-C on the terminal from rclone, which is told by kill. If this
// program is killed rclone waits for more, and stores nothing.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

func lockThread() (unlock func()) { return func() {} }
