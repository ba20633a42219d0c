package directory

import (
	"io/fs"
	"os"
	"sync"
	"time"

	"github.com/apifyctl/apifyctl/internal/local/durable"
)

// sweepAge is how old temporary files must be to be those of a dead process.
const sweepAge = 24 * time.Hour

// sweeper removes what killed processes left, once in a while: looking for it
// with every value would take longer than storing the value.
type sweeper struct {
	mutex sync.Mutex
	swept time.Time
}

// due is true for one asker.
func (s *sweeper) due() bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	due := time.Since(s.swept) >= sweepAge
	if due {
		s.swept = time.Now()
	}
	return due
}

func (s *sweeper) Sweep(root *os.Root) {
	if s.due() {
		sweep(root)
	}
}

// sweep is for those who have the directory not open.
func (d *Directory) Sweep() {
	if !d.Sweeper.due() {
		return
	}
	if root, err := d.Root(); err == nil {
		sweep(root)
		_ = root.Close() // of what was read
	}
}

// sweep is no matter if it fails.
func sweep(root *os.Root) {
	entries, err := fs.ReadDir(root.FS(), durable.TemporaryFolder)
	if err != nil {
		return
	}
	for _, entry := range entries {
		if info, err := entry.Info(); err == nil && time.Since(info.ModTime()) > sweepAge {
			_ = root.RemoveAll(durable.TemporaryFolder + "/" + entry.Name())
		}
	}
}
