package rawjson_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// Only what has to be escaped is, and as short as it can be.
func TestAppendQuoted(t *testing.T) {
	const text, want = "a b\x7f é/<\"\\\n\r\t\b\f\x00\x1f", `"a b` + "\x7f" + ` é/<\"\\\n\r\t\b\f\u0000\u001f"`
	if got := string(rawjson.AppendQuoted(nil, text)); got != want {
		t.Errorf("%q became %s, want %s", text, got, want)
	}
}

func FuzzAppendQuoted(f *testing.F) {
	f.Add("a \"b\" \\ \x00\x1f\b\f\n\r\t\x7f <&> \u2028 日本 \U0001f600")
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.ToValidUTF8(text, "?")
		quoted := rawjson.AppendQuoted([]byte("before"), text)
		var got string
		if err := json.Unmarshal(quoted[len("before"):], &got); err != nil || got != text {
			t.Errorf("%q became %s, which is read as %q: %v", text, quoted, got, err)
		}
		if back := string(rawjson.AppendUnquoted(nil, quoted[len("before"):])); back != text {
			t.Errorf("%q became %s, which AppendUnquoted reads as %q", text, quoted, back)
		}
	})
}
