package requestfile

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"math"
	"time"

	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// File is a request's file.
type File struct {
	ID     ID
	Layout Layout
	Text   []byte
	// Order is in nanoseconds; 0 when the request is handled. Negative is the
	// forefront. An absolute value in the future is the end of a lock.
	Order  int64
	Holder string // the clientKey of that lock; "" when nobody's or not known
}

// Forefront tells whether the request goes before all that were added at the end.
func (f *File) Forefront() bool { return f.Order < 0 }

// ErrNoRequest is the error for a file that holds none.
var ErrNoRequest = errors.New("it holds no request")

// lockNote says who holds a lock. It is in the request's own file, so that lock
// and holder change in one rename. It is void once the order has another value:
// Crawlee keeps members that it does not know when it locks a request itself.
type lockNote struct {
	ClientKey string `json:"clientKey"`
	Until     int64  `json:"until"` // milliseconds
}

const lockMember = "apifyctlLock"

// found is what parsing looks for.
type found struct {
	uniqueKey       string
	order           int64
	ordered, noNull bool // there is an order, it is not null
	handledAt       bool
	lock            []byte
}

// Parse reads a file. Where its layout has no order, that is the one that place
// knows, 0 for none; and where there is none at all it is the time of the file.
func Parse(text []byte, modified time.Time, place func(ID) int64) (File, error) {
	f := File{Text: text}
	if !isObject(text) {
		return f, ErrNoRequest
	}
	known, err := f.look()
	if err != nil {
		return f, err
	}
	if known.uniqueKey == "" {
		return f, ErrNoRequest
	}
	f.ID = IDOf(known.uniqueKey)
	switch handledByOrder := known.ordered && !known.noNull; f.Layout {
	case Crawlee3, Python01:
		if handledByOrder {
			return f, nil
		}
	case Python05:
		if handledByOrder || known.handledAt {
			return f, nil
		}
	default:
		if known.handledAt {
			return f, nil
		}
	}
	f.setOrder(known, modified, place)
	return f, nil
}

func (f *File) setOrder(known found, modified time.Time, place func(ID) int64) {
	f.Order = known.order
	var note lockNote
	if known.lock != nil && json.Unmarshal(known.lock, &note) == nil && note.Until == Abs(f.Order)/perMillisecond && f.Order%perMillisecond == 0 {
		f.Holder = note.ClientKey
		return
	}
	if f.Layout.hexNames() {
		f.Order = cmp.Or(place(f.ID), f.Order)
	}
	f.Order = cmp.Or(f.Order, modified.UnixNano())
}

func isObject(text []byte) bool {
	return bytes.HasPrefix(bytes.TrimSpace(text), []byte{'{'}) && json.Valid(text)
}

// Abs is an order without its sign.
func Abs(n int64) int64 {
	if n < 0 {
		return max(-n, -math.MaxInt64)
	}
	return n
}

// look reads the members that tell the layout, and what is in the outer ones.
func (f *File) look() (known found, err error) {
	f.Layout = Flat
	for m, err := range rawjson.Members(f.Text) {
		if err != nil {
			return known, err
		}
		isNull := string(m.Value) == "null"
		switch m.Name() {
		case "json":
			if m.Value[0] == '"' {
				f.Layout = Crawlee3
			}
		case "json_":
			if m.Value[0] == '"' {
				f.Layout = Python01
			}
		case "request":
			if m.Value[0] == '{' {
				f.Layout = Python05
			}
		case "unique_key":
			if known.uniqueKey = textOf(m.Value); f.Layout == Flat {
				f.Layout = Python1
			}
		case "uniqueKey":
			known.uniqueKey = textOf(m.Value)
		case "orderNo", "order_no":
			known.ordered = true
			if !isNull {
				known.order, _ = parseOrder(m.Value)
				known.noNull = true
			}
		case "handledAt", "handled_at":
			known.handledAt = !isNull
		case lockMember:
			known.lock = m.Value
		}
	}
	return known, nil
}

// textOf is a JSON string's text; "" for other values.
func textOf(value []byte) string {
	var text string
	if json.Unmarshal(value, &text) != nil {
		return ""
	}
	return text
}

// member is the value of a member; nil where there is none.
func member(object []byte, name string) []byte {
	for m, err := range rawjson.Members(object) {
		if err != nil {
			return nil
		}
		if m.Name() == name {
			return m.Value
		}
	}
	return nil
}
