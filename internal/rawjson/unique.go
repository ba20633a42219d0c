package rawjson

// AppendUnique appends value to dst with the last of the members that share a
// name and without the others, in so many levels below the value's own. What is
// deeper stays as it is.
func AppendUnique(dst, value []byte, levels int) ([]byte, error) {
	switch {
	case levels < 0:
		return append(dst, value...), nil
	case value[0] == '[':
		return appendUniqueElements(dst, value, levels)
	case value[0] == '{':
		return appendUniqueMembers(dst, value, levels)
	}
	return append(dst, value...), nil
}

func appendUniqueElements(dst, array []byte, levels int) ([]byte, error) {
	dst = append(dst, '[')
	for element, err := range Elements(array) {
		if err != nil {
			return dst, err
		}
		if dst[len(dst)-1] != '[' {
			dst = append(dst, ',')
		}
		if dst, err = AppendUnique(dst, element, levels-1); err != nil {
			return dst, err
		}
	}
	return append(dst, ']'), nil
}

func appendUniqueMembers(dst, object []byte, levels int) ([]byte, error) {
	last := make(map[string]int)
	position := 0
	for member, err := range Members(object) {
		if err != nil {
			return dst, err
		}
		last[member.Name()] = position
		position++
	}
	dst = append(dst, '{')
	position = 0
	for member, err := range Members(object) {
		if err != nil {
			return dst, err
		}
		if last[member.Name()] == position {
			if dst[len(dst)-1] != '{' {
				dst = append(dst, ',')
			}
			dst = append(append(dst, member.Key...), ':')
			if dst, err = AppendUnique(dst, member.Value, levels-1); err != nil {
				return dst, err
			}
		}
		position++
	}
	return append(dst, '}'), nil
}
