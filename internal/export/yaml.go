package export

import (
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/apifyctl/apifyctl/internal/export/flatten"
	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// yamlEncoder writes block style with the key order and the number text of the
// items. No YAML library is used to write: they decode numbers, and 1.0 or a
// number of 30 digits would not survive that.
type yamlEncoder struct {
	output
	one   bool
	items int64
	text  []byte
}

func newYAML(w io.Writer, o Options) (encoder, error) {
	return sequential{&yamlEncoder{output: output{w: w}, one: o.OneItem}}, nil
}

func (e *yamlEncoder) encodePage(page []byte) (int, error) {
	n := 0
	for item, err := range rawjson.Elements(page) {
		if err != nil {
			return n, itemError(e.items+1, err)
		}
		n++
		e.items++
		if e.one && e.items > 1 {
			return n, errNotOneItem
		}
		if err := e.item(item); err != nil {
			return n, itemError(e.items, err)
		}
		if err := e.spill(); err != nil {
			return n, err
		}
	}
	return n, e.flush()
}

func (e *yamlEncoder) item(item []byte) error {
	if !e.one {
		e.buf = append(e.buf, '-', ' ')
		return e.value(item, 1, true)
	}
	return e.value(item, 0, true)
}

func (e *yamlEncoder) finish() error {
	switch {
	case e.one && e.items != 1:
		return errNotOneItem
	case e.items == 0:
		e.buf = append(e.buf, '[', ']', '\n')
	}
	return e.flush()
}

// flowDepth is where block style ends: what is deeper is written as JSON, which
// YAML includes, so that hostile nesting takes no stack and no quadratic
// indentation.
const flowDepth = 64

// value writes a value whose parts are indented by depth steps. inline says
// that the first part goes on the line that was begun, behind a dash.
func (e *yamlEncoder) value(value []byte, depth int, inline bool) error {
	switch {
	case value[0] == '"':
		e.buf = e.appendString(e.buf, value)
		e.buf = append(e.buf, '\n')
		return nil
	case value[0] != '{' && value[0] != '[':
		e.buf = append(append(e.buf, value...), '\n')
		return nil
	case depth > flowDepth || isEmpty(value):
		return e.flow(value)
	case !inline:
		e.buf = append(e.buf, '\n')
	}
	if value[0] == '[' {
		return e.sequence(value, depth, inline)
	}
	return e.mapping(value, depth, inline)
}

func (e *yamlEncoder) sequence(value []byte, depth int, inline bool) error {
	for element, err := range rawjson.Elements(value) {
		if err != nil {
			return err
		}
		if !inline {
			e.indent(depth)
		}
		inline = false
		e.buf = append(e.buf, '-', ' ')
		if err := e.value(element, depth+1, true); err != nil {
			return err
		}
	}
	return nil
}

func (e *yamlEncoder) mapping(value []byte, depth int, inline bool) error {
	unique, err := withoutRepeats(value)
	if err != nil {
		return err
	}
	for member, err := range rawjson.Members(unique) {
		if err != nil {
			return err
		}
		if !inline {
			e.indent(depth)
		}
		inline = false
		begin := len(e.buf)
		e.buf = e.appendString(e.buf, member.Key)
		if e.markLongKey(begin) {
			e.buf = append(e.buf, '\n')
			e.indent(depth)
		}
		e.buf = append(e.buf, ':')
		nested := member.Value[0] == '{' || member.Value[0] == '['
		if !nested || isEmpty(member.Value) || depth+1 > flowDepth {
			e.buf = append(e.buf, ' ')
		}
		if err := e.value(member.Value, depth+1, false); err != nil {
			return err
		}
	}
	return nil
}

// longestKey is how long a key may be that is only told from a value by the colon
// behind it: YAML has readers look for that 1,024 characters far.
const longestKey = 1000

// markLongKey puts a question mark before the key that begins there, if it is long.
func (e *yamlEncoder) markLongKey(begin int) bool {
	long := len(e.buf)-begin > longestKey
	if long {
		e.buf = slices.Insert(e.buf, begin, '?', ' ')
	}
	return long
}

func (e *yamlEncoder) indent(depth int) {
	for range depth {
		e.buf = append(e.buf, ' ', ' ')
	}
}

// flow writes a value on one line. The strings are written anew, as YAML reads
// a pair of escaped surrogates as two characters.
func (e *yamlEncoder) flow(value []byte) error {
	for i := 0; i < len(value); {
		switch c := value[i]; c {
		case '"':
			end, err := rawjson.SkipString(value, i)
			if err != nil {
				return err
			}
			begin := len(e.buf)
			e.text = rawjson.AppendUnquoted(e.text[:0], value[i:end])
			e.buf = appendQuotedYAML(e.buf, e.text)
			if i = rawjson.SkipSpace(value, end); i < len(value) && value[i] == ':' {
				e.markLongKey(begin)
			}
		case ',', ':':
			e.buf = append(e.buf, c, ' ')
			i++
		case ' ', '\t', '\n', '\r':
			i++
		default:
			e.buf = append(e.buf, c)
			i++
		}
	}
	e.buf = append(e.buf, '\n')
	return nil
}

// isEmpty reports whether an object or array has nothing in it.
func isEmpty(value []byte) bool { return rawjson.SkipSpace(value, 1) == len(value)-1 }

// withoutRepeats drops all but the last of the members of an object that share
// a name: YAML forbids them.
func withoutRepeats(object []byte) ([]byte, error) {
	seen := make(map[string]struct{})
	for member, err := range rawjson.Members(object) {
		if err != nil {
			return nil, err
		}
		name := member.Name()
		if _, ok := seen[name]; ok {
			return flatten.AppendUnique(nil, object)
		}
		seen[name] = struct{}{}
	}
	return object, nil
}

func (e *yamlEncoder) appendString(dst, quoted []byte) []byte {
	e.text = rawjson.AppendUnquoted(e.text[:0], quoted)
	if plainYAML(e.text) {
		return append(dst, e.text...)
	}
	return appendQuotedYAML(dst, e.text)
}

// plainYAML reports whether text without quotes is read back as that string by
// readers of YAML 1.1 and 1.2. It is stricter than the grammar.
func plainYAML(text []byte) bool {
	if len(text) == 0 || len(text) > longestKey {
		return false
	}
	first, _ := utf8.DecodeRune(text)
	if !unicode.IsLetter(first) || text[len(text)-1] == ' ' || text[len(text)-1] == ':' {
		return false
	}
	for i, b := range text {
		switch {
		case b >= utf8.RuneSelf, b >= 'a' && b <= 'z', b >= 'A' && b <= 'Z', b >= '0' && b <= '9':
		case b == '_' || b == '-' || b == '.' || b == '/' || b == '?' || b == '=' || b == '(' || b == ')' || b == '+' || b == '%':
		case b == ' ' || b == ':': // neither the end of a key nor the start of a comment
			if text[i+1] == ' ' { // the text ends with neither
				return false
			}
		default:
			return false
		}
	}
	for _, r := range string(text) {
		if r >= utf8.RuneSelf && (!unicode.IsPrint(r) || r == utf8.RuneError) {
			return false
		}
	}
	switch strings.ToLower(string(text)) {
	case "y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf":
		return false
	}
	return true
}

// appendQuotedYAML appends text in double quotes. Everything that is not
// printable is escaped.
func appendQuotedYAML(dst, text []byte) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for _, r := range string(text) {
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r == '\n':
			dst = append(dst, '\\', 'n')
		case r == '\t':
			dst = append(dst, '\\', 't')
		case r == '\r':
			dst = append(dst, '\\', 'r')
		case unicode.IsPrint(r):
			dst = utf8.AppendRune(dst, r)
		case r <= 0xffff:
			dst = append(dst, '\\', 'u', hex[r>>12&15], hex[r>>8&15], hex[r>>4&15], hex[r&15])
		default:
			dst = append(dst, '\\', 'U', '0', '0', hex[r>>20&15], hex[r>>16&15], hex[r>>12&15], hex[r>>8&15], hex[r>>4&15], hex[r&15])
		}
	}
	return append(dst, '"')
}
