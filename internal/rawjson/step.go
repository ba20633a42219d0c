package rawjson

// Separator steps over a comma and the white space behind it, and reports whether
// there was one, or over the closing bracket.
func Separator(data []byte, i int, closing byte) (next int, more bool, err error) {
	if i+1 < len(data) && data[i] == ',' && data[i+1] > ' ' {
		return i + 1, true, nil
	}
	i = SkipSpace(data, i)
	if i < len(data) && data[i] == ',' {
		return SkipSpace(data, i+1), true, nil
	}
	next, err = Expect(data, i, closing)
	return next, false, err
}

// Expect steps over the byte that must be at i.
func Expect(data []byte, i int, c byte) (int, error) {
	switch {
	case i >= len(data):
		return i, ErrIncomplete
	case data[i] != c:
		return i, &SyntaxError{Offset: i, Want: "'" + string(rune(c)) + "'"}
	}
	return i + 1, nil
}

// SkipKey returns the offset behind the key that must be at i.
func SkipKey(data []byte, i int) (int, error) {
	switch {
	case i >= len(data):
		return i, ErrIncomplete
	case data[i] != '"':
		return i, &SyntaxError{Offset: i, Want: "a key"}
	}
	return SkipString(data, i)
}
