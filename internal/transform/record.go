package transform

import (
	"bytes"

	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// member is a key, quoted as it came, and its value. Members that unwinding
// brought in remember the field they came from.
type member struct {
	key, value []byte
	from       string
}

// record is an object being transformed. Repeated keys stay repeated until a
// step has to decide between them.
type record []member

func parseRecord(object []byte) (record, error) {
	var r record
	for each, err := range rawjson.Members(object) {
		if err != nil {
			return nil, err
		}
		r = append(r, member{key: each.Key, value: each.Value})
	}
	return r, nil
}

// named compares a quoted key with a name.
func named(key []byte, name string) bool {
	if bytes.IndexByte(key, '\\') < 0 {
		return string(key[1:len(key)-1]) == name
	}
	return string(rawjson.AppendUnquoted(nil, key)) == name
}

func nameOf(key []byte) string { return string(rawjson.AppendUnquoted(nil, key)) }

func (r record) index(name string) int {
	for i := range r {
		if named(r[i].key, name) {
			return i
		}
	}
	return -1
}

// indexed is a record that members are set in, by name.
type indexed struct {
	record
	positions map[string]int
}

func index(r record) *indexed {
	x := &indexed{r, make(map[string]int, len(r))}
	for i := range r {
		x.positions[nameOf(r[i].key)] = i
	}
	return x
}

// set replaces a member where it is, or appends it.
func (x *indexed) set(m member) {
	name := nameOf(m.key)
	if i, ok := x.positions[name]; ok {
		x.record[i].value, x.record[i].from = m.value, m.from
		return
	}
	x.positions[name] = len(x.record)
	x.record = append(x.record, m)
}

func (r record) appendTo(dst []byte) []byte {
	dst = append(dst, '{')
	for i := range r {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, r[i].key...)
		dst = append(dst, ':')
		dst = append(dst, r[i].value...)
	}
	return append(dst, '}')
}
