package shred

import "github.com/apifyctl/apifyctl/internal/rawjson"

// appendUnique appends value to dst with the last of the members that share a
// name and without the others. What is too deep to be taken apart stays as it is.
func appendUnique(dst, value []byte, depth int) ([]byte, error) {
	if depth > MaxDepth || value[0] != '{' && value[0] != '[' {
		return append(dst, value...), nil
	}
	if value[0] == '[' {
		dst = append(dst, '[')
		for element, err := range rawjson.Elements(value) {
			if err != nil {
				return dst, err
			}
			if dst[len(dst)-1] != '[' {
				dst = append(dst, ',')
			}
			if dst, err = appendUnique(dst, element, depth+1); err != nil {
				return dst, err
			}
		}
		return append(dst, ']'), nil
	}
	var members []rawjson.Member
	last := make(map[string]int)
	for member, err := range rawjson.Members(value) {
		if err != nil {
			return dst, err
		}
		last[member.Name()] = len(members)
		members = append(members, member)
	}
	dst = append(dst, '{')
	for i, member := range members {
		if last[member.Name()] != i {
			continue
		}
		if dst[len(dst)-1] != '{' {
			dst = append(dst, ',')
		}
		dst = append(append(dst, member.Key...), ':')
		var err error
		if dst, err = appendUnique(dst, member.Value, depth+1); err != nil {
			return dst, err
		}
	}
	return append(dst, '}'), nil
}
