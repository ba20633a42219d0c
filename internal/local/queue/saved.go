package queue

import (
	"bufio"
	"container/heap"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"io/fs"
	"maps"
	"os"
	"time"

	"github.com/apifyctl/apifyctl/internal/local/directory"
	"github.com/apifyctl/apifyctl/internal/local/durable"
	"github.com/apifyctl/apifyctl/internal/local/queue/requestfile"
)

// A large queue's index is saved beside the storages, so that whoever opens the
// queue next need not read every request's file. The saved index says as of when
// it knows the folder and the changes file; what came later is read as usual.

// savedIndex is the first line of the file, as JSON. Entries follow, entrySize
// bytes each, and a checksum of all that.
type savedIndex struct {
	Format  int                      `json:"format"`
	Folder  directory.FolderIdentity `json:"folder"`
	Log     string                   `json:"log"`
	Offset  int64                    `json:"offset"`
	ModTime int64                    `json:"modTime"` // nanoseconds
	Looked  int64                    `json:"looked"`
	Took    time.Duration            `json:"took"`
	Last    int64                    `json:"last"`
	Count   int64                    `json:"count"`
	Holders map[string]string        `json:"holders"` // by request ID
	Names   map[string]string        `json:"names"`
	Layout  requestfile.Layout       `json:"layout"`
}

const (
	savedFormat = 2
	entrySize   = 8 + 8 + 4
	// saveAfter is how many changes are worth saving, if they are also a share
	// of all requests: saving costs the same however many have changed.
	saveAfter, saveShare = 50_000, 4
	// saveAtEnd is how many are worth it when the handler is closed.
	saveAtEnd = 1000
)

func savedFile(folder string) string {
	return durable.PrivateFolder + "/" + directory.BesideFile(directory.RequestQueues, folder, ".index")
}

// save writes the index down. Reading a queue saves it too, but makes no
// .apifyctl for that. That it cannot be saved is no failure.
func (q *queue) save(s *directory.Collection, folder string) {
	if s.Private == nil || q.index == nil || q.legacy || q.unsaved == 0 && q.took < cheapScan {
		return
	}
	if err := q.trySave(s.Root, folder); err != nil {
		s.Log.Warn("the index of a queue was not saved", "queue", folder, "error", err)
		return
	}
	q.unsaved = 0
}

func (q *queue) trySave(root *os.Root, folder string) (err error) {
	temporary, err := durable.TemporaryName(root)
	if err != nil {
		return err
	}
	file, err := root.Create(temporary)
	if err != nil {
		return err
	}
	buffered := bufio.NewWriterSize(file, 1<<16)
	sum := crc32.New(crc32.MakeTable(crc32.Castagnoli))
	err = q.writeTo(io.MultiWriter(buffered, sum))
	if err == nil {
		err = binary.Write(buffered, binary.LittleEndian, sum.Sum32())
	}
	if err == nil {
		err = buffered.Flush()
	}
	if err = errors.Join(err, file.Close()); err == nil {
		err = root.Rename(temporary, savedFile(folder))
	}
	if err != nil {
		return errors.Join(err, durable.IgnoreMissing(root.Remove(temporary)))
	}
	return nil
}

func (q *queue) writeTo(w io.Writer) error {
	x := q.index
	head := savedIndex{
		Format: savedFormat, Folder: q.dir, Log: q.log, Offset: q.offset, ModTime: q.modTime.UnixNano(),
		Looked: q.looked.UnixNano(), Took: q.took, Last: x.last, Count: x.count,
		Holders: x.byID(x.holders), Names: x.byID(x.names), Layout: q.layout,
	}
	line, err := json.Marshal(head)
	if err != nil {
		return err
	}
	if _, err := w.Write(append(line, '\n')); err != nil {
		return err
	}
	var entry [entrySize]byte
	for _, e := range x.all() {
		id := e.id()
		binary.LittleEndian.PutUint64(entry[:], uint64(e.order))
		binary.LittleEndian.PutUint64(entry[8:], id.high)
		binary.LittleEndian.PutUint32(entry[16:], id.low)
		if _, err := w.Write(entry[:]); err != nil {
			return err
		}
	}
	return nil
}

// byID is something known of entries, by request ID.
func (x *queueIndex) byID(known map[int32]string) map[string]string {
	out := make(map[string]string, len(known))
	for number, text := range known {
		out[x.entries.at(number).id().unpack().String()] = text
	}
	return out
}

// restore takes over what was saved of a folder, if anything was. What has
// changed since is for the caller to find.
func (q *queue) restore(s *directory.Collection, folder string, identity directory.FolderIdentity) {
	q.index, q.log, q.offset = nil, "", 0
	if s.Private == nil {
		return
	}
	switch err := q.tryRestore(s.Root, folder, identity); {
	case err == nil || errors.Is(err, fs.ErrNotExist):
	default:
		s.Log.Warn("the saved index of a queue is ignored", "queue", folder, "error", err)
	}
}

var errOtherFolder = errors.New("it is of another folder, or of another version")

func (q *queue) tryRestore(root *os.Root, folder string, identity directory.FolderIdentity) (err error) {
	file, err := root.Open(savedFile(folder))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	sum := crc32.New(crc32.MakeTable(crc32.Castagnoli))
	reader := &summed{bufio.NewReaderSize(file, 1<<16), sum}
	head, x, err := readSavedIndex(reader, identity, time.Now())
	if err != nil {
		return err
	}
	wanted := sum.Sum32()
	var written uint32
	if err := binary.Read(reader, binary.LittleEndian, &written); err != nil {
		return err
	}
	if written != wanted {
		return fmt.Errorf("its checksum is %x, not %x", wanted, written)
	}
	q.index, q.dir, q.log, q.offset = x, identity, head.Log, head.Offset
	q.modTime, q.looked, q.took = time.Unix(0, head.ModTime), time.Unix(0, head.Looked), head.Took
	q.unsaved, q.layout = 0, head.Layout
	if q.looked.Sub(q.modTime) < durable.ClockTick {
		q.modTime = time.Time{} // a change might have the same time: look through it
	}
	return nil
}

func readSavedIndex(reader *summed, identity directory.FolderIdentity, now time.Time) (head savedIndex, x *queueIndex, err error) {
	line, err := reader.line()
	if err != nil {
		return head, nil, err
	}
	if err := json.Unmarshal(line, &head); err != nil {
		return head, nil, err
	}
	if head.Format != savedFormat || head.Folder != identity {
		return head, nil, errOtherFolder
	}
	x = newQueueIndex()
	x.last = head.Last
	var entry [entrySize]byte
	for range head.Count {
		if _, err := io.ReadFull(reader, entry[:]); err != nil {
			return head, nil, err
		}
		id := packedID{binary.LittleEndian.Uint64(entry[8:]), binary.LittleEndian.Uint32(entry[16:])}
		if id.high>>(highCharacters*characterBits) != 0 || id.low>>stateShift != 0 {
			return head, nil, fmt.Errorf("entry %d is none", x.count)
		}
		x.appendEntry(id, int64(binary.LittleEndian.Uint64(entry[:])), now)
	}
	heap.Init(&x.ready)
	heap.Init(&x.locked)
	for text, holder := range head.Holders {
		if number, known := x.find(text); known && x.entries.at(number).state() == entryLocked {
			x.holders[number] = holder
		}
	}
	for text, name := range head.Names {
		if number, known := x.find(text); known {
			x.names[number] = name
		}
	}
	return head, x, nil
}

func (x *queueIndex) find(text string) (number int32, known bool) {
	id, ok := requestfile.ParseID(text)
	if !ok {
		return 0, false
	}
	return x.table.find(pack(id))
}

// appendEntry is place for an entry that is not there yet, without putting the
// heaps in order.
func (x *queueIndex) appendEntry(id packedID, order int64, now time.Time) {
	number := x.entries.grow()
	e := x.entries.at(number)
	e.order = order
	e.set(id, stateOf(order, now))
	x.table.add(number)
	x.count++
	switch in := x.heapOf(e.state()); {
	case in != nil:
		in.Push(number)
	default:
		x.handled++
	}
}

// summed is a reader that adds up what is read.
type summed struct {
	*bufio.Reader
	sum hash.Hash32
}

func (r *summed) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	r.sum.Write(p[:n])
	return n, err
}

func (r *summed) line() ([]byte, error) {
	line, err := r.ReadBytes('\n')
	r.sum.Write(line)
	return line, err
}

// saveQueues saves what has changed in large queues since they were last saved.
func (h *Handler) saveQueues() error {
	h.queues.mutex.Lock()
	queues := maps.Clone(h.queues.queues)
	h.queues.mutex.Unlock()
	for folder, q := range queues {
		if err := h.saveQueue(folder, q); err != nil {
			return err
		}
	}
	return nil
}

func (h *Handler) saveQueue(folder string, q *queue) error {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	if q.index == nil || q.unsaved < saveAtEnd {
		return nil
	}
	return h.Read(directory.RequestQueues, func(s *directory.Collection) error {
		if s.Folders == nil {
			return nil
		}
		// A later look at the folder tells that nothing else has changed.
		time.Sleep(time.Until(q.modTime.Add(durable.ClockTick + time.Millisecond)))
		looked := time.Now()
		switch info, err := s.Folders.Stat(folder); {
		case err == nil && info.ModTime().Equal(q.modTime):
			q.looked = looked
		case err != nil:
			return durable.IgnoreMissing(err)
		}
		q.save(s, folder)
		return nil
	})
}
