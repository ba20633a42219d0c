package requestindex

import (
	"container/heap"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/apifyctl/apifyctl/internal/local/queue/requestfile"
)

const entrySize = 8 + 8 + 8 + 4

// Notes is how many notes encode writes behind the entries.
func (x *Index) Notes() int64 { return int64(len(x.names) + len(x.holders)) }

// Encode writes the entries, entrySize bytes each, and notes of names and holders.
func (x *Index) Encode(w io.Writer) error {
	entry := make([]byte, 0, entrySize)
	for _, e := range x.All() {
		id := e.packed()
		entry = binary.LittleEndian.AppendUint64(entry[:0], uint64(e.order))
		entry = binary.LittleEndian.AppendUint64(entry, uint64(e.Changed))
		entry = binary.LittleEndian.AppendUint64(entry, id.high)
		entry = binary.LittleEndian.AppendUint32(entry, id.low)
		if _, err := w.Write(entry); err != nil {
			return err
		}
	}
	return errors.Join(x.writeNotes(w, noteName, x.names), x.writeNotes(w, noteHolder, x.holders))
}

// A note is the ID, what it tells, and a text behind its length.
const (
	noteName byte = iota
	noteHolder
)

func (x *Index) writeNotes(w io.Writer, kind byte, notes map[int32]string) error {
	var note []byte
	for number, text := range notes {
		id := x.Entries.At(number).RequestID()
		note = append(append(note[:0], id[:]...), kind)
		note = binary.LittleEndian.AppendUint16(note, uint16(len(text))) //nolint:gosec // a file's name or a client's key
		if _, err := w.Write(append(note, text...)); err != nil {
			return err
		}
	}
	return nil
}

// Decode reads what encode has written: so many entries, and so many notes.
// What cannot be is an error.
func Decode(reader io.Reader, entries, notes int64, now time.Time) (*Index, error) {
	x := New()
	entry := make([]byte, entrySize)
	for range entries {
		if _, err := io.ReadFull(reader, entry); err != nil {
			return nil, err
		}
		id := packedID{binary.LittleEndian.Uint64(entry[16:]), binary.LittleEndian.Uint32(entry[24:])}
		if !id.valid() {
			return nil, fmt.Errorf("entry %d is none", x.Count)
		}
		if _, known := x.table.find(id); known {
			return nil, fmt.Errorf("entry %d is there twice", x.Count)
		}
		x.appendEntry(id, int64(binary.LittleEndian.Uint64(entry)), int64(binary.LittleEndian.Uint64(entry[8:])), now)
	}
	heap.Init(&x.ready)
	heap.Init(&x.Locked)
	for range notes {
		if err := x.readNote(reader); err != nil {
			return nil, err
		}
	}
	return x, nil
}

func (x *Index) readNote(reader io.Reader) error {
	var start [len(RequestID{}) + 1 + 2]byte
	if _, err := io.ReadFull(reader, start[:]); err != nil {
		return err
	}
	id, ok := requestfile.ParseID(string(start[:len(RequestID{})]))
	text := make([]byte, binary.LittleEndian.Uint16(start[len(start)-2:]))
	if _, err := io.ReadFull(reader, text); err != nil {
		return err
	}
	number, known := x.table.find(pack(id))
	if !ok || !known {
		return errors.New("it has a note of nothing")
	}
	switch start[len(RequestID{})] {
	case noteName:
		x.names[number] = string(text)
	case noteHolder:
		if x.Entries.At(number).state() == Locked {
			x.holders[number] = string(text)
		}
	}
	return nil
}

// appendEntry is place for an entry that is not there yet, without putting the
// heaps in order.
func (x *Index) appendEntry(id packedID, order, changed int64, now time.Time) {
	number := x.Entries.grow()
	e := x.Entries.At(number)
	e.order, e.Changed = order, changed
	e.set(id, stateOf(order, now))
	x.table.add(number)
	x.Count++
	switch in := x.heapOf(e.state()); {
	case in != nil:
		in.Push(number)
	default:
		x.handled++
	}
}
