package queue

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path"
	"syscall"
	"time"

	"github.com/apifyctl/apifyctl/internal/atomicfile"
	"github.com/apifyctl/apifyctl/internal/local/directory"
	"github.com/apifyctl/apifyctl/internal/local/durable"
	"github.com/apifyctl/apifyctl/internal/local/queue/requestindex"
	"github.com/apifyctl/apifyctl/internal/requestfile"
)

// The index of a large queue is saved beside the storages, so that whoever opens
// the queue next need not read every request's file. It says which state of the
// folder it is of, and of each file when that was changed: what is another by now
// is read as usual. Nothing but who the clients were is lost with it.
//
// The file is the version of its form, the length of the head and the head in
// JSON, the index, and a checksum of all that.

const savedVersion = "apifyctl request queue index 4\n"

type savedHead struct {
	Folder  folderState        `json:"folder"`
	Took    time.Duration      `json:"took"`
	Count   int64              `json:"count"`
	Notes   int64              `json:"notes"`
	Layout  requestfile.Layout `json:"layout"`
	Clients clients            `json:"clients"`
}

const (
	maxSavedHead = 4096
	// saveAfter is how many changes are worth saving, if they are also a share
	// of all requests: saving costs the same however many have changed.
	saveAfter, saveShare = 50_000, 4
	// minSaved is how many requests make saving worth it at the end: fewer are
	// looked through in no time.
	minSaved = 2000
)

func savedFile(folder string) string {
	return durable.PrivateFolder + "/" + directory.BesideFile(directory.RequestQueues, folder, ".index")
}

// save writes the index down. Reading a queue saves it too, but makes no
// .apifyctl for that. That it cannot be saved is no failure.
func (q *queue) save(s *directory.Collection, folder string) {
	if s.Private == nil || q.index == nil || q.legacy {
		return
	}
	switch err := q.trySave(s.Root, savedFile(folder)); {
	case err == nil:
		q.unsaved = 0
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS): // it may be there to be read only
	default:
		s.Log.Warn("the index of a queue was not saved", "queue", folder, "error", err)
	}
}

func (q *queue) trySave(root *os.Root, name string) error {
	folder, err := atomicfile.OpenPlainFolder(root, path.Dir(name))
	if err != nil {
		return atomicfile.IgnoreMissing(err) // of a kind of which nothing was kept so far
	}
	defer folder.Close() //nolint:errcheck // it was opened to look at it
	file, temporary, err := durable.CreateTemporary(root)
	if err != nil {
		return err
	}
	sum := crc32.New(crc32.MakeTable(crc32.Castagnoli))
	buffered := bufio.NewWriterSize(file, 1<<16)
	err = q.writeTo(io.MultiWriter(buffered, sum))
	if err == nil {
		err = binary.Write(buffered, binary.LittleEndian, sum.Sum32())
	}
	if err == nil {
		err = buffered.Flush()
	}
	if err = errors.Join(err, file.Close()); err == nil {
		err = root.Rename(temporary, name)
	}
	if err != nil {
		return errors.Join(err, atomicfile.IgnoreMissing(root.Remove(temporary)))
	}
	return nil
}

func (q *queue) writeTo(w io.Writer) error {
	head, err := json.Marshal(savedHead{q.seen, q.took, q.index.Count(), q.index.Notes(), q.layout, q.clients})
	if err != nil {
		return err
	}
	start := binary.LittleEndian.AppendUint32([]byte(savedVersion), uint32(len(head))) //nolint:gosec // some hundred bytes
	if _, err := w.Write(append(start, head...)); err != nil {
		return err
	}
	return q.index.Encode(w)
}

// restore takes over what was saved of a folder, if anything was. What has
// changed since is for the caller to find.
func (q *queue) restore(s *directory.Collection, folder string) {
	if s.Private == nil || q.legacy {
		return
	}
	file, err := atomicfile.OpenRegular(s.Root, savedFile(folder), os.O_RDONLY)
	if err == nil {
		err = errors.Join(q.restoreFrom(file), file.Close())
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		q.index = nil
		s.Log.Warn("the saved index of a queue is ignored, and made anew", "queue", folder, "error", err)
	}
}

func (q *queue) restoreFrom(file io.Reader) error {
	sum := crc32.New(crc32.MakeTable(crc32.Castagnoli))
	buffered := bufio.NewReaderSize(file, 1<<16)
	head, x, err := readSavedIndex(io.TeeReader(buffered, sum), time.Now())
	var written uint32
	if err == nil {
		err = binary.Read(buffered, binary.LittleEndian, &written)
	}
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("it is cut off")
	case err != nil:
		return err
	case written != sum.Sum32():
		return errors.New("its checksum is wrong")
	}
	q.index, q.seen, q.took, q.layout, q.clients = x, head.Folder, head.Took, head.Layout, head.Clients
	q.scanned, q.unsure, q.unsaved = time.Now(), false, 0
	return nil
}

func readSavedIndex(reader io.Reader, now time.Time) (head savedHead, x *requestindex.Index, err error) {
	start := make([]byte, len(savedVersion)+4)
	if _, err := io.ReadFull(reader, start); err != nil {
		return head, nil, err
	}
	version, length := start[:len(savedVersion)], binary.LittleEndian.Uint32(start[len(savedVersion):])
	if string(version) != savedVersion || length > maxSavedHead {
		return head, nil, errors.New("it is of another version")
	}
	text := make([]byte, length)
	if _, err := io.ReadFull(reader, text); err != nil {
		return head, nil, err
	}
	if err := json.Unmarshal(text, &head); err != nil {
		return head, nil, err
	}
	x, err = requestindex.Decode(reader, head.Count, head.Notes, now)
	return head, x, err
}

// saveQueues saves what has changed in large queues since they were last saved.
func (h *Handler) saveQueues() error {
	for folder, q := range h.queues.All() {
		if err := h.saveQueue(folder, q); err != nil {
			return err
		}
	}
	return nil
}

func (h *Handler) saveQueue(folder string, q *queue) (err error) {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	if q.index == nil || q.unsaved == 0 || q.index.Count() < minSaved {
		return nil
	}
	leave, err := h.Enter()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, leave()) }()
	return h.Read(directory.RequestQueues, func(s *directory.Collection) error {
		q.save(s, folder)
		return nil
	})
}
