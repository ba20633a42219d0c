package input

import (
	"bufio"
	"bytes"
	"io"
	"strings"
)

// xmlText decodes XML, in the encoding that it declares where nothing else says
// otherwise.
func xmlText(r io.Reader, encoding string) (io.Reader, error) {
	buffered := bufio.NewReader(r)
	const longest = 256               // of a declaration, which comes first
	head, _ := buffered.Peek(longest) // what ends it early ends it again
	if mark, _ := markOf(head); encoding == "" && mark == "" {
		if declared := declaredEncoding(head); !isUnicode(declared) {
			encoding = declared
		}
	}
	if err := CheckEncoding(encoding); err != nil {
		return nil, err
	}
	return Decode(buffered, encoding), nil
}

// declaredEncoding is the encoding in <?xml … encoding="…"?>; "" where there is
// none.
func declaredEncoding(head []byte) string {
	declaration, ok := bytes.CutPrefix(bytes.TrimLeft(head, " \t\r\n"), []byte("<?xml"))
	if !ok {
		return ""
	}
	declaration, _, _ = bytes.Cut(declaration, []byte("?>"))
	_, value, ok := strings.Cut(string(declaration), "encoding")
	value = strings.TrimLeft(value, " \t\r\n=")
	if !ok || value == "" || value[0] != '"' && value[0] != '\'' {
		return ""
	}
	name, _, _ := strings.Cut(value[1:], value[:1])
	return name
}
