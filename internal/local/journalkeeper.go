package local

import (
	"log/slog"
	"sync"
	"time"
)

// journalKeeper has journals settled behind the backs of those who write: when
// one has grown, and when nothing has been added for a while.
type journalKeeper struct {
	mutex   sync.Mutex
	kept    map[string]*keptJournal // by folder
	growing map[string]bool         // settled just now, by name
	closed  bool
	work    sync.WaitGroup
}

type keptJournal struct {
	settle func(folder string) error
	idle   *time.Timer
	busy   bool
	again  bool // it was added to since settling began
}

const (
	// journalGrown is far enough from maxJournal that settling is done before.
	journalGrown = maxJournal / 4
	// queueJournalGrown is later: the same few files are changed over and over.
	queueJournalGrown = maxJournal / 2
	// journalIdle is how long a journal is kept that nobody adds to.
	journalIdle = 2 * time.Second
)

// used tells that a journal has been added to, and how large it is.
func (k *journalKeeper) used(folder string, size int64, settle func(folder string) error, log *slog.Logger) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	if k.closed {
		return
	}
	kept := k.kept[folder]
	if kept == nil {
		if k.kept == nil {
			k.kept = map[string]*keptJournal{}
		}
		kept = &keptJournal{idle: time.AfterFunc(journalIdle, func() { k.start(folder, log) })}
		k.kept[folder] = kept
	}
	kept.settle, kept.again = settle, true
	kept.idle.Reset(journalIdle)
	if size >= journalGrown {
		k.begin(folder, kept, log)
	}
}

// grown has a journal settled that is kept when nobody adds to it, and goes by
// another name than the folders that used is told.
func (k *journalKeeper) grown(name string, settle func() error, log *slog.Logger) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	if k.closed || k.growing[name] {
		return
	}
	if k.growing == nil {
		k.growing = map[string]bool{}
	}
	k.growing[name] = true
	k.work.Go(func() {
		if err := settle(); err != nil {
			log.Warn("journal not settled", "journal", name, "error", err)
		}
		k.mutex.Lock()
		defer k.mutex.Unlock()
		delete(k.growing, name)
	})
}

func (k *journalKeeper) start(folder string, log *slog.Logger) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	if kept := k.kept[folder]; kept != nil && !k.closed {
		k.begin(folder, kept, log)
	}
}

// begin needs the mutex.
func (k *journalKeeper) begin(folder string, kept *keptJournal, log *slog.Logger) {
	if kept.busy {
		return
	}
	kept.busy, kept.again = true, false
	kept.idle.Stop()
	settle := kept.settle
	k.work.Go(func() {
		err := settle(folder)
		if err != nil {
			log.Warn("journal not settled", "store", folder, "error", err)
		}
		k.mutex.Lock()
		defer k.mutex.Unlock()
		kept.busy = false
		switch {
		case k.kept[folder] != kept: // the handler is being closed
		case kept.again:
			kept.idle.Reset(journalIdle)
		case err == nil:
			delete(k.kept, folder)
		}
	})
}

// close settles what is left.
func (k *journalKeeper) close() (err error) {
	k.mutex.Lock()
	k.closed = true
	left := k.kept
	k.kept = nil
	for _, kept := range left {
		kept.idle.Stop()
	}
	k.mutex.Unlock()
	k.work.Wait()
	for folder, kept := range left {
		if settleErr := kept.settle(folder); settleErr != nil && err == nil {
			err = settleErr
		}
	}
	return err
}
