package requestindex

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/apifyctl/apifyctl/internal/requestfile"
)

// Encode writes the requests by ID, entrySize bytes each, and then notes of names
// and holders.
func (x *Index) Encode(w io.Writer) error {
	var err error
	text := make([]byte, 0, entrySize)
	x.requests.Scan(func(e entry) bool {
		text = binary.LittleEndian.AppendUint64(append(text[:0], e.id[:]...), uint64(e.order))
		text = binary.LittleEndian.AppendUint64(text, uint64(e.changed))
		_, err = w.Write(text)
		return err == nil
	})
	return errors.Join(err, writeNotes(w, noteName, x.names), writeNotes(w, noteHolder, x.holders))
}

const entrySize = len(RequestID{}) + 8 + 8

// A note is the ID, what it tells, and a text behind its length.
const (
	noteName byte = iota
	noteHolder
)

// Notes is how many notes Encode writes.
func (x *Index) Notes() int64 { return int64(len(x.names) + len(x.holders)) }

func writeNotes(w io.Writer, kind byte, notes map[RequestID]string) error {
	var note []byte
	for id, text := range notes {
		note = append(append(note[:0], id[:]...), kind)
		note = binary.LittleEndian.AppendUint16(note, uint16(len(text)))
		if _, err := w.Write(append(note, text...)); err != nil {
			return err
		}
	}
	return nil
}

// Decode reads what Encode has written: so many entries, and so many notes.
// What cannot be is an error.
func Decode(reader io.Reader, entries, notes int64, now time.Time) (*Index, error) {
	x := New()
	var waiting []Place
	text := make([]byte, entrySize)
	for last := (RequestID{}); x.Count() < entries; {
		if _, err := io.ReadFull(reader, text); err != nil {
			return nil, err
		}
		id, ok := requestfile.ParseID(string(text[:len(last)]))
		if !ok || compareIDs(last, id) >= 0 {
			return nil, fmt.Errorf("entry %d is none, or out of order", x.Count())
		}
		times := text[len(last):]
		e := entry{id: id, order: int64(binary.LittleEndian.Uint64(times)), changed: int64(binary.LittleEndian.Uint64(times[8:]))}
		if e.state = stateOf(e.order, now); e.state == Handled {
			x.handled++
		} else {
			waiting = append(waiting, e.place())
		}
		x.requests.Load(e)
		last = id
	}
	slices.SortFunc(waiting, Place.compare)
	for _, p := range waiting {
		x.waiting(p.state).Load(p)
	}
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
	id := RequestID(start[:len(RequestID{})])
	text := make([]byte, binary.LittleEndian.Uint16(start[len(id)+1:]))
	if _, err := io.ReadFull(reader, text); err != nil {
		return err
	}
	state := x.State(id)
	switch kind := start[len(id)]; {
	case state == Free:
		return errors.New("it has a note of nothing")
	case kind == noteName:
		x.names[id] = string(text)
	case kind == noteHolder && state == Locked:
		x.holders[id] = string(text)
	}
	return nil
}
