package rclone

import (
	"bytes"
	"os/exec"
	"time"
)

// process is an rclone that reads what is to be stored. It takes the end of its input
// for the end of the object, so that must not come by accident: neither when this
// program fails nor when it is killed.
type process struct {
	command *exec.Cmd
	input   input
	said    bytes.Buffer
	ended   chan struct{}
	err     error // of Wait, once it has ended
}

// input is rclone's; Close is not its end where the system allows it.
type input interface {
	Write(p []byte) (int, error)
	CloseWrite() error // the end
	Close() error
}

// patience is how long rclone may take to tidy up.
const patience = 10 * time.Second

func start(program string, args ...string) (*process, error) {
	p := &process{command: exec.Command(program, args...), ended: make(chan struct{})} //nolint:gosec,noctx // the user's own program; how it ends is up to kill
	p.command.Stderr = &p.said
	theirs, err := p.connect()
	if err != nil {
		return nil, err
	}
	started := make(chan error)
	go p.live(started)
	err = <-started
	for _, file := range theirs {
		_ = file.Close() // rclone has its own
	}
	if err != nil {
		_ = p.input.Close()
		return nil, err
	}
	return p, nil
}

// live starts rclone and waits for its end.
func (p *process) live(started chan<- error) {
	defer lockThread()()
	err := p.command.Start()
	started <- err
	if err == nil {
		p.err = p.command.Wait()
	}
	close(p.ended)
}

// finish ends the input, and waits until the object is there.
func (p *process) finish() error {
	closeErr := p.input.CloseWrite()
	<-p.ended
	_ = p.input.Close()
	switch {
	case p.err != nil:
		return failed(p.err, p.said.String())
	case closeErr != nil:
		return closeErr
	}
	return nil
}

// kill ends rclone, which may tidy up, and waits for it.
func (p *process) kill() {
	select {
	case <-p.ended:
	default:
		_ = terminate(p.command.Process)
		timer := time.AfterFunc(patience, func() { _ = p.command.Process.Kill() })
		defer timer.Stop()
		<-p.ended
	}
	_ = p.input.Close()
}

// reason is why rclone takes nothing more.
func (p *process) reason() error {
	select {
	case <-p.ended:
	case <-time.After(patience):
		p.kill()
	}
	_ = p.input.Close()
	return failed(p.err, p.said.String())
}
