package rclone

import "os"

// connect gives rclone a pipe. If this program is killed, rclone takes that for the
// end of its input: Windows has no sockets that a program can take for files.
func (p *process) connect() ([]*os.File, error) {
	theirs, ours, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	p.command.Stdin, p.input = theirs, pipe{ours}
	return []*os.File{theirs}, nil
}

type pipe struct{ *os.File }

func (p pipe) CloseWrite() error { return p.Close() }

func terminate(process *os.Process) error { return process.Kill() }

func lockThread() (unlock func()) { return func() {} }
