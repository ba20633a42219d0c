package requestfile

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"

	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// Encode is the file of a request, which is as the API has it. An order of 0 is
// that of a handled request; holder is the client that has locked it until then,
// in whole milliseconds.
func Encode(layout Layout, request []byte, order int64, holder string) ([]byte, error) {
	var facts struct {
		URL        string `json:"url"`
		UniqueKey  string `json:"uniqueKey"`
		Method     string `json:"method"`
		RetryCount int64  `json:"retryCount"`
	}
	if err := json.Unmarshal(request, &facts); err != nil {
		return nil, err
	}
	id := quoted(IDOf(facts.UniqueKey).String())
	var o object
	switch layout {
	case Crawlee3:
		o.set("id", id)
		o.set("json", quoted(string(request)))
		if facts.Method != "" {
			o.set("method", quoted(facts.Method))
		}
		o.set("orderNo", orderValue(layout, order))
		o.set("retryCount", strconv.AppendInt(nil, facts.RetryCount, 10))
		o.set("uniqueKey", quoted(facts.UniqueKey))
		o.set("url", quoted(facts.URL))
	case Python05:
		inner, err := snake(request, id)
		if err != nil {
			return nil, err
		}
		o.set("id", id)
		o.set("unique_key", quoted(facts.UniqueKey))
		o.set("order_no", orderValue(layout, order))
		o.set("handled_at", orNull(member(inner, "handled_at")))
		o.set("request", inner)
	case Python01:
		inner, err := snake(request, id)
		if err != nil {
			return nil, err
		}
		o.text = slices.Clip(bytes.TrimSuffix(inner, []byte{'}'}))
		o.set("json_", quoted(string(inner)))
		o.set("order_no", orderValue(layout, order))
	case Python1, Flat:
		inner := request
		if layout == Python1 {
			var err error
			if inner, err = snake(request, nil); err != nil {
				return nil, err
			}
		}
		o.text = slices.Clip(bytes.TrimSuffix(bytes.TrimSpace(inner), []byte{'}'}))
		if order != 0 {
			o.set("orderNo", orderValue(layout, order))
		}
	}
	if holder != "" {
		o.set(lockMember, lockValue(order, holder))
	}
	return o.indented(layout)
}

// Reordered is the file with another order and holder, and all else as it is;
// false where it has no member for the order, or the request is handled.
func (f *File) Reordered(order int64, holder string) (text []byte, ok bool) {
	if f.Order == 0 || order == 0 {
		return nil, false
	}
	o := object{line: "\n" + f.Layout.indent()}
	name, _ := f.Layout.orderMember()
	for m, err := range rawjson.Members(f.Text) {
		if err != nil {
			return nil, false
		}
		switch m.Name() {
		case lockMember:
		case name:
			ok = true
			o.setRaw(m.Key, orderValue(f.Layout, order))
		default:
			o.setRaw(m.Key, m.Value)
		}
	}
	if !ok && f.Layout.hexNames() { // it was in the state
		ok = true
		o.set(name, orderValue(f.Layout, order))
	}
	if holder != "" {
		var lock bytes.Buffer
		if err := json.Indent(&lock, lockValue(order, holder), f.Layout.indent(), f.Layout.indent()); err != nil {
			return nil, false
		}
		o.set(lockMember, lock.Bytes())
	}
	return append(o.text, "\n}"...), ok
}

func orderValue(layout Layout, order int64) []byte {
	if order == 0 {
		return []byte("null")
	}
	return appendOrder(nil, layout, order)
}

func lockValue(order int64, holder string) []byte {
	var o object
	o.set("clientKey", quoted(holder))
	o.set("until", strconv.AppendInt(nil, Abs(order)/perMillisecond, 10))
	return append(o.text, '}')
}

func orNull(value []byte) []byte {
	if value == nil {
		return []byte("null")
	}
	return value
}

// snake is a request with Crawlee for Python's names and times, and with an ID
// where that is given.
func snake(request, id []byte) ([]byte, error) {
	var o object
	for m, err := range rawjson.Members(request) {
		if err != nil {
			return nil, err
		}
		switch name := m.Name(); name {
		case "id":
		case "handledAt":
			o.set("handled_at", pythonTime(m.Value))
		default:
			o.set(snakeCase(name), m.Value)
		}
	}
	if id != nil {
		o.set("id", id)
	}
	return append(o.text, '}'), nil
}

// object is a JSON object that is being put together, without its last bracket.
type object struct {
	text []byte
	line string // what begins the line of a member; "" for all in one line
}

func (o *object) set(name string, value []byte) { o.setRaw(quoted(name), value) }

func (o *object) setRaw(key, value []byte) {
	if len(o.text) > 1 {
		o.text = append(o.text, ',')
	} else {
		o.text = append(o.text[:0], '{')
	}
	o.text = append(append(append(o.text, o.line...), key...), ':')
	if o.line != "" {
		o.text = append(o.text, ' ')
	}
	o.text = append(o.text, value...)
}

// indented is the object as the SDK indents it.
func (o *object) indented(layout Layout) ([]byte, error) {
	var out bytes.Buffer
	err := json.Indent(&out, append(o.text, '}'), "", layout.indent())
	return out.Bytes(), err
}

func (l Layout) indent() string {
	if l == Crawlee3 {
		return "\t"
	}
	return "  "
}
