package rawjson

import "bytes"

// ContainsText tells whether a name or a value in a JSON text contains a text, as
// it reads when it is not escaped.
func ContainsText(data, text []byte) (bool, error) {
	if !bytes.Contains(data, text) && bytes.IndexByte(data, '\\') < 0 {
		return false, nil
	}
	var plain []byte
	for i := SkipSpace(data, 0); i < len(data); i = SkipSpace(data, i) {
		end := i + 1
		var token []byte
		switch data[i] {
		case '{', '}', '[', ']', ',', ':':
			i = end
			continue
		case '"':
			var err error
			if end, err = SkipString(data, i); err != nil {
				return false, err
			}
			if token = data[i+1 : end-1]; bytes.IndexByte(token, '\\') >= 0 {
				plain = AppendUnquoted(plain[:0], data[i:end])
				token = plain
			}
		default:
			for end < len(data) && bytes.IndexByte([]byte(" \t\r\n,:]}"), data[end]) < 0 {
				end++
			}
			token = data[i:end]
		}
		if bytes.Contains(token, text) {
			return true, nil
		}
		i = end
	}
	return false, nil
}
