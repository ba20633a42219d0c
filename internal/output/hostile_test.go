package output

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"unicode/utf8"
)

// What terminals obey: nothing of it may reach one as it is.
func TestHostileTexts(t *testing.T) {
	for name, text := range map[string]string{
		"clear the screen":        "\x1b[2J\x1b[H",
		"title":                   "\x1b]0;pwned\x07",
		"title, by ST":            "\x1b]2;pwned\x1b\\",
		"report the title":        "\x1b[21t",
		"clipboard":               "\x1b]52;c;cm0gLXJmIH4K\x07",
		"hyperlink":               "\x1b]8;;http://evil.example\x1b\\x\x1b]8;;\x1b\\",
		"hyperlink, by C1":        "\u009d8;;http://evil.example\u009cx",
		"device attributes":       "\x1b[c",
		"status report":           "\x1b[6n",
		"answerback":              "\x05",
		"DCS request":             "\x1bP$q\"p\x1b\\",
		"sixel":                   "\x1bPq#0;2;0;0;0~-\x1b\\",
		"iTerm file":              "\x1b]1337;File=inline=1:AAAA\x07",
		"notification":            "\x1b]9;pwned\x07",
		"shell integration":       "\x1b]133;A\x07",
		"kitty graphics":          "\x1b_Gf=24;AAAA\x1b\\",
		"alternate screen":        "\x1b[?1049h",
		"bracketed paste off":     "\x1b[?2004l",
		"hide the cursor":         "\x1b[?25l",
		"charset":                 "\x1b(0\x0e",
		"reset":                   "\x1bc",
		"8-bit CSI":               "\u009b31m",
		"8-bit CSI as a byte":     "\x9b31m",
		"overwrite the line":      "harmless\revil",
		"backspaces":              "harmless\b\b\b\b\b\b\b\bevil",
		"bell":                    "\a",
		"vertical tab, form feed": "\v\f",
		"delete":                  "\x7f",
		"nul":                     "\x00",
		"right to left":           "\u202egpj.exe",
		"isolates":                "\u2066x\u2069",
		"zero width":              "a\u200bb\u200cc\u200dd\ufeff",
		"soft hyphen":             "a\u00adb",
		"word joiner":             "a\u2060b\u2061",
		"tags":                    "a\U000e0001\U000e0041\U000e007f",
		"line separators":         "a\u2028b\u2029c\u0085d",
		"interlinear":             "\ufff9a\ufffab\ufffb",
		"overlong escape":         "\xc0\x9b",
		"surrogates":              "\xed\xa0\x80",
		"split escape":            "\xc2",
	} {
		t.Run(name, func(t *testing.T) {
			shown := Safe(text)
			var stream bytes.Buffer
			w := SafeWriter(&stream)
			for i := range len(text) { // a byte at a time
				if _, err := io.WriteString(w, text[i:i+1]); err != nil {
					t.Fatal(err)
				}
			}
			if err := w.Flush(); err != nil {
				t.Fatal(err)
			}
			for _, got := range []string{shown, stream.String()} {
				for _, r := range got {
					if r < ' ' || r >= 0x7f && r < 0xa0 || !utf8.ValidString(got) || strings.ContainsRune("\u00ad\u061c\ufeff", r) ||
						r >= 0x200b && r <= 0x200f || r >= 0x2028 && r <= 0x202e || r >= 0x2060 && r <= 0x206f || r >= 0xfff9 && r <= 0xfffb || r >= 0xe0000 {
						t.Errorf("%q reaches the terminal as %q", text, got)
						break
					}
				}
			}
		})
	}
}
