package rawjson

// AppendQuoted appends a text as a JSON string. Bytes that are not UTF-8 stay as
// they are.
func AppendQuoted[T string | []byte](out []byte, text T) []byte {
	// strconv.Quote knows escapes that JSON does not; only control characters,
	// quotes and backslashes need one.
	out = append(out, '"')
	copied := 0
	for i := range len(text) {
		c := text[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		out = append(out, text[copied:i]...)
		copied = i + 1
		switch {
		case c >= ' ':
			out = append(out, '\\', c)
		default:
			const hex = "0123456789abcdef"
			out = append(out, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	return append(append(out, text[copied:]...), '"')
}

// Quoted is AppendQuoted for a new string.
func Quoted[T string | []byte](text T) []byte {
	return AppendQuoted(make([]byte, 0, len(text)+2), text)
}
