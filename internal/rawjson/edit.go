package rawjson

// Edit returns an object with the values that value gives its members, in their
// order and without white space between them. A nil value leaves a member out.
func Edit(object []byte, value func(Member) ([]byte, error)) ([]byte, error) {
	return AppendEdited(make([]byte, 0, len(object)), object, value)
}

// AppendEdited is Edit that appends to dst.
func AppendEdited(dst, object []byte, value func(Member) ([]byte, error)) ([]byte, error) {
	dst = append(dst, '{')
	start := len(dst)
	for member, err := range Members(object) {
		if err != nil {
			return nil, err
		}
		edited, err := value(member)
		if err != nil {
			return nil, err
		}
		if edited == nil {
			continue
		}
		if len(dst) > start {
			dst = append(dst, ',')
		}
		dst = append(append(append(dst, member.Key...), ':'), edited...)
	}
	return append(dst, '}'), nil
}
