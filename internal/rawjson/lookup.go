package rawjson

import (
	"bytes"
	"iter"
	"strconv"
)

// LookUp finds the member with that very name, else what a path of names leads
// to, joined with dots or slashes; numbers lead into arrays. Of repeated keys the
// last one counts. nil is nothing.
func LookUp(item []byte, path string) []byte {
	if value := lookUpMember(item, path); value != nil {
		return value
	}
	for i, r := range path {
		if r != '.' && r != '/' {
			continue
		}
		if value := lookUpMember(item, path[:i]); value != nil {
			if found := LookUp(value, path[i+1:]); found != nil {
				return found
			}
		}
	}
	return nil
}

func lookUpMember(item []byte, name string) []byte {
	if bytes.HasPrefix(item, []byte{'['}) {
		return lookUpElement(item, name)
	}
	var found []byte
	for m := range ObjectMembers(item) {
		if m.Is(name) {
			found = m.Value
		}
	}
	return found
}

func lookUpElement(array []byte, index string) []byte {
	n, err := strconv.Atoi(index)
	if err != nil {
		return nil
	}
	for value, err := range Elements(array) {
		if err != nil {
			return nil
		}
		if n == 0 {
			return value
		}
		n--
	}
	return nil
}

// ObjectMembers are the members of an object, up to the first that is broken, and
// none of anything else.
func ObjectMembers(value []byte) iter.Seq[Member] {
	return func(yield func(Member) bool) {
		if !bytes.HasPrefix(value, []byte{'{'}) {
			return
		}
		for m, err := range Members(value) {
			if err != nil || !yield(m) {
				return
			}
		}
	}
}

// Is tells whether the decoded key is that name.
func (m Member) Is(name string) bool {
	if bytes.IndexByte(m.Key, '\\') < 0 {
		return string(m.Key[1:len(m.Key)-1]) == name
	}
	return m.Name() == name
}
