package rclone

import (
	"runtime"
	"syscall"
)

// attributes keep Ctrl-C on the terminal from rclone, which is told by kill, and end
// it with this program.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// lockThread keeps the thread that has started rclone for as long as it runs: the
// system takes its end for that of the program.
func lockThread() (unlock func()) {
	runtime.LockOSThread()
	return runtime.UnlockOSThread
}
