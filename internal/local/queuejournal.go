package local

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"
)

// A queue has one small file a request: to sync each of them would make every
// batch wait for dozens of commits of the file system. Instead a group of changes
// is first appended to a journal beside the storages, which is synced once; then
// the files are put in place, and get to the disk when the system likes. A killed
// process loses nothing of that. After the machine itself has died, whoever opens
// the queue makes the journal's changes again. A journal that has grown large is
// begun anew, when all that it tells is on the disk.

// journalHead is the first line of a journal, as JSON.
type journalHead struct {
	Boot   string         `json:"boot"` // "" where it is not known
	Folder folderIdentity `json:"folder"`
}

// journalLine is one of the others.
type journalLine struct {
	Time    int64  `json:"time"` // microseconds
	Name    string `json:"name"`
	Text    string `json:"text,omitempty"`
	Deleted bool   `json:"deleted,omitempty"`
}

const maxJournal = 32 << 20

func journalFile(folder string) string {
	return privateFolder + "/" + strings.TrimSuffix(stateFile(requestQueues, folder), itemSuffix) + ".journal"
}

// journal appends the pending changes. The lock must be held.
func (q *openQueue) journal() error {
	name := journalFile(q.storage.folder)
	switch info, err := q.shelf.root.Lstat(name); {
	case err == nil && info.Size() < maxJournal:
	case err == nil:
		if err := settle(q.shelf.root, q.files, name); err != nil {
			return err
		}
		fallthrough
	case errors.Is(err, fs.ErrNotExist):
		head, err := json.Marshal(journalHead{bootID(), q.identity})
		if err != nil {
			return err
		}
		if err := replaceFile(q.shelf.root, name, append(head, '\n')); err != nil {
			return err
		}
	default:
		return err
	}
	// A process that was killed, or a full disk, may have left half a line.
	text := []byte{'\n'}
	now := time.Now().UnixMicro()
	for _, id := range q.pending.order {
		p := q.pending.files[id]
		if p.fresh && p.deleted {
			continue
		}
		lines := []journalLine{{Time: now, Name: p.name, Text: string(p.file.text)}}
		if p.deleted {
			lines[0] = journalLine{Time: now, Name: p.name, Deleted: true}
		}
		if p.old != "" {
			lines = append(lines, journalLine{Time: now, Name: p.old, Deleted: true})
		}
		for _, line := range lines {
			text = line.append(text)
		}
	}
	return appendSynced(q.shelf.root, name, text)
}

func (l *journalLine) append(text []byte) []byte {
	text = append(text, `{"time":`...)
	text = strconv.AppendInt(text, l.Time, 10)
	text = append(append(text, `,"name":`...), quoted(l.Name)...)
	if l.Deleted {
		return append(text, ",\"deleted\":true}\n"...)
	}
	return append(append(append(text, `,"text":`...), quoted(l.Text)...), "}\n"...)
}

func appendSynced(root *os.Root, name string, text []byte) error {
	file, err := root.OpenFile(name, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

// settle has all that a journal tells brought to the disk.
func settle(root, files *os.Root, journal string) error {
	return syncNamed(files, func() (map[string]journalLine, error) {
		_, lines, err := readJournal(root, journal)
		return lines, ignoreMissing(err)
	})
}

// readJournal returns the last that a journal tells of each file. What cannot be
// read was never finished.
func readJournal(root *os.Root, name string) (head journalHead, lines map[string]journalLine, err error) {
	file, err := root.Open(name)
	if err != nil {
		return head, nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	reader := bufio.NewReaderSize(file, 1<<16)
	first, err := reader.ReadBytes('\n')
	if err != nil || json.Unmarshal(first, &head) != nil {
		return head, nil, ignoreEnd(err)
	}
	lines = map[string]journalLine{}
	for {
		text, err := reader.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return head, lines, nil
		}
		if err != nil {
			return head, nil, err
		}
		var line journalLine
		if json.Unmarshal(text, &line) == nil && isRequestFile(line.Name) && !strings.ContainsAny(line.Name, `/\`) {
			lines[line.Name] = line
		}
	}
}

// journalIsOver tells whether a journal is there whose changes may not have got
// to the disk, or that belongs to another folder. While the machine runs that
// cannot become so: it is asked for once.
func (q *openQueue) journalIsOver() (bool, error) {
	if q.settled == q.identity {
		return false, nil
	}
	head, err := readJournalHead(q.shelf.root, journalFile(q.storage.folder))
	there := !errors.Is(err, fs.ErrNotExist)
	if there && err != nil {
		return false, err
	}
	if boot := bootID(); there && (boot == "" || head.Boot != boot || head.Folder != q.identity) {
		return true, nil
	}
	q.settled = q.identity
	return false, nil
}

func readJournalHead(root *os.Root, name string) (head journalHead, err error) {
	file, err := root.Open(name)
	if err != nil {
		return head, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	first, err := bufio.NewReader(file).ReadBytes('\n')
	if json.Unmarshal(first, &head) != nil {
		head = journalHead{} // it was never finished
	}
	return head, ignoreEnd(err)
}

// recover makes the changes of a journal again after the machine has died. The
// lock must be held. A file that somebody has written since is left alone.
func (q *openQueue) recover() error {
	over, err := q.journalIsOver()
	if !over || err != nil {
		return err
	}
	name := journalFile(q.storage.folder)
	head, lines, err := readJournal(q.shelf.root, name)
	if err != nil {
		return err
	}
	if head.Folder == q.identity {
		for _, line := range lines {
			if err := q.redo(line); err != nil {
				return err
			}
		}
		if err := settle(q.shelf.root, q.files, name); err != nil {
			return err
		}
	}
	if err := ignoreMissing(q.shelf.root.Remove(name)); err != nil {
		return err
	}
	q.settled = q.identity
	return nil
}

func (q *openQueue) redo(line journalLine) error {
	info, err := q.files.Lstat(line.Name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	there := err == nil
	if line.Deleted {
		if !there || info.ModTime().UnixMicro() > line.Time {
			return nil
		}
		return ignoreMissing(q.files.Remove(line.Name))
	}
	if there {
		text, err := q.files.ReadFile(line.Name)
		if err != nil {
			return err
		}
		_, broken := parseRequestFile(text, info.ModTime())
		if broken == nil && info.ModTime().UnixMicro() > line.Time || bytes.Equal(text, []byte(line.Text)) {
			return nil
		}
	}
	return replaceFile(q.shelf.root, q.storage.path()+"/"+line.Name, []byte(line.Text))
}
