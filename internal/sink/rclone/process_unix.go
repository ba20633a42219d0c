//go:build unix

package rclone

import (
	"net"
	"os"
	"syscall"
)

// connect gives rclone one end of a pair of sockets for its input, and the other
// one, too, which it does not know of: so its input does not end with this program,
// but when CloseWrite says so. It returns the files that are rclone's.
func (p *process) connect() ([]*os.File, error) {
	syscall.ForkLock.RLock() // so that no other program gets them
	pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err == nil {
		syscall.CloseOnExec(pair[0])
		syscall.CloseOnExec(pair[1])
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return nil, os.NewSyscallError("socketpair", err)
	}
	theirs, ours := os.NewFile(uintptr(pair[0]), "input"), os.NewFile(uintptr(pair[1]), "output")
	conn, err := net.FileConn(ours)
	if err != nil {
		return nil, err
	}
	input, ok := conn.(*net.UnixConn)
	if !ok {
		return nil, net.UnknownNetworkError(conn.LocalAddr().Network())
	}
	p.input = input
	p.command.Stdin = theirs
	p.command.ExtraFiles = []*os.File{ours}
	p.command.SysProcAttr = attributes()
	return []*os.File{theirs, ours}, nil
}

func terminate(process *os.Process) error { return process.Signal(syscall.SIGTERM) }
