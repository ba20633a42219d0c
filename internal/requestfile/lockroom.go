package requestfile

import (
	"bytes"

	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// Locks come and go while a request is worked on, and need not outlive a power
// cut; the request must. So a lock is written over the bytes of the file that is
// there, which costs a fraction of a new file and leaves nothing to be synced:
// the order in its own place, and who holds the lock in room that is kept for it
// at the end. Nothing else moves, so that a file that reaches the disk in part
// still holds the request.

// lockRoom is enough for a lock of a client with a key of 32 characters.
const lockRoom = 96

// WithRoom is a file with room for a lock.
func WithRoom(text []byte) []byte {
	body, ok := bytes.CutSuffix(text, []byte("\n}"))
	if !ok {
		return text
	}
	out := make([]byte, 0, len(text)+lockRoom)
	out = append(out, body...)
	return append(append(out, bytes.Repeat([]byte{' '}, lockRoom)...), "\n}"...)
}

// Relocked is the file with another order and holder, as long as it was and with
// all else in its place; false where there is no room for them. An order of now
// or earlier may lose its last digits.
func (f *File) Relocked(order int64, holder string) (text []byte, ok bool) {
	if f.Order == 0 || order == 0 {
		return nil, false
	}
	body, ok := bytes.CutSuffix(f.Text, []byte("\n}"))
	if !ok {
		return nil, false
	}
	text = bytes.Clone(f.Text)
	name, _ := f.Layout.orderMember()
	end, ordered := 0, false // the end of the last member that is no lock
	for m, err := range rawjson.Members(f.Text) {
		if err != nil {
			return nil, false
		}
		// Values are slices of the text: what is behind them tells where they are.
		start := cap(f.Text) - cap(m.Value)
		switch m.Name() {
		case lockMember:
			continue
		case name:
			if end, ordered = setOrder(text, start, start+len(m.Value), f.Layout, order); !ordered {
				return nil, false
			}
		default:
			end = start + len(m.Value)
		}
	}
	var note []byte
	if holder != "" {
		note = append(append([]byte(",\n"), f.Layout.indent()...), `"`+lockMember+`": `...)
		note = append(note, lockValue(order, holder)...)
	}
	if !ordered || end+len(note) > len(body) {
		return nil, false
	}
	blank(text[end:len(body)])
	copy(text[end:], note)
	return text, true
}

// setOrder writes an order over the one between start and end, and the blanks
// between it and the next member; false where it does not fit. It returns the end
// of what belongs to the order.
func setOrder(text []byte, start, end int, layout Layout, order int64) (int, bool) {
	next := end
	for next < len(text) && text[next] == ' ' {
		next++
	}
	if next < len(text) && text[next] == ',' {
		end = next
	}
	value, room := appendOrder(nil, layout, order), end-start
	if _, isText := layout.orderMember(); !isText {
		if whole, _, _ := bytes.Cut(value, []byte{'.'}); len(whole) <= room {
			value = bytes.TrimSuffix(value[:min(len(value), room)], []byte{'.'})
		}
	}
	if len(value) > room {
		return 0, false
	}
	blank(text[start:end])
	copy(text[start:], value)
	return end, true
}

func blank(text []byte) {
	for i := range text {
		text[i] = ' '
	}
}
