package output

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode"
	"unicode/utf8"
)

func TestSafe(t *testing.T) {
	for _, test := range []struct{ name, in, want string }{
		{"empty", "", ""},
		{"plain", "naïve 漢字 🙂 \\x1b", "naïve 漢字 🙂 \\x1b"},
		{"escape sequence", "\x1b[31mred", `\x1b[31mred`},
		{"hyperlink", "\x1b]8;;http://a\x07b", `\x1b]8;;http://a\x07b`},
		{"line ends", "a\r\nb\tc", `a\r\nb\tc`},
		{"nul and del", "\x00\x7f", `\x00\x7f`},
		{"C1 rune", "\u009b31m", `\u009b31m`},
		{"C1 byte", "\x9b31m", `\x9b31m`},
		{"not UTF-8", "a\xff\xe2\x80b", `a\xff\xe2\x80b`},
		{"replacement character", "\ufffd", "\ufffd"},
		{"bidi", "a\u202eb\u2066c\u2069\u061c", `a\u202eb\u2066c\u2069\u061c`},
		{"zero width", "a\u200bb\u200dc\ufeff\u2060", `a\u200bb\u200dc\ufeff\u2060`},
		{"separators", "a\u2028b\u2029", `a\u2028b\u2029`},
		{"tags", "a\U000e0041", `a\U000e0041`},
		{"selectors of variants", "a\U000e0100\U000e01ef", `a\U000e0100\U000e01ef`},
		{"unassigned", "a\U000e0002\U000e0fff", `a\U000e0002\U000e0fff`},
		{"private planes", "a\U000f0000\U0010fffd", `a\U000f0000\U0010fffd`},
		{"fillers", "a\u3164\u115f\u1160\uffa0\u034f\u17b4\u180e", `a\u3164\u115f\u1160\uffa0\u034f\u17b4\u180e`},
		{"bounds of C1", "\u0080\u009f\u00a0", `\u0080\u009f` + "\u00a0"},
		{"the first tag", "\U000dffff\U000e0000", "\U000dffff" + `\U000e0000`},
		{"emoji", "❤\ufe0f", "❤\ufe0f"},
		{"drawn format character", "\u0600\u0661", "\u0600\u0661"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := Safe(test.in); got != test.want {
				t.Errorf("Safe(%q) = %q, want %q", test.in, got, test.want)
			}
		})
	}
}

func TestSafeWriterKeepsLines(t *testing.T) {
	var out bytes.Buffer
	w := SafeWriter(&out)
	// The euro sign is split over three writes; a rune is cut off at the end.
	for _, part := range []string{"a\tb\n\xe2", "\x82", "\xac\r\n\x1b", "\xf0\x9f"} {
		if n, err := io.WriteString(w, part); n != len(part) || err != nil {
			t.Fatalf("Write = %d, %v", n, err)
		}
	}
	if got, want := out.String(), "a\tb\n€\\r\n\\x1b"; got != want {
		t.Errorf("before Flush: %q, want %q", got, want)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if got, want := out.String(), "a\tb\n€\\r\n\\x1b\\xf0\\x9f"; got != want {
		t.Errorf("after Flush: %q, want %q", got, want)
	}
}

func TestSafeWriterPassesErrorsOn(t *testing.T) {
	w := SafeWriter(&pipeWriter{iotestWriter{}})
	if _, err := io.WriteString(w, "a"); !errors.Is(err, iotest.ErrTimeout) {
		t.Errorf("err = %v", err)
	}
}

type iotestWriter struct{}

func (iotestWriter) Write([]byte) (int, error) { return 0, iotest.ErrTimeout }

func FuzzSafe(f *testing.F) {
	for _, seed := range []string{"", "plain", "\x1b[0m\r\n", "\x9b", "\u009b\u202e\u200b", "\xe2\x82\xac\xe2\x82", "🙂\ufeff"} {
		f.Add([]byte(seed), uint8(1), uint8(2))
	}
	f.Fuzz(func(t *testing.T, data []byte, first, second uint8) {
		safe := Safe(string(data))
		assertHarmless(t, safe, "")
		if again := Safe(safe); again != safe {
			t.Errorf("Safe changes its own output: %q, then %q", safe, again)
		}

		whole := throughWriter(t, data)
		assertHarmless(t, whole, "\n\t")
		if got := strings.NewReplacer("\n", `\n`, "\t", `\t`).Replace(whole); got != safe {
			t.Errorf("SafeWriter made %q, Safe %q", got, safe)
		}
		a := min(int(first), len(data))
		b := min(a+int(second), len(data))
		if split := throughWriter(t, data[:a], data[a:b], data[b:]); split != whole {
			t.Errorf("split at %d and %d: %q, whole: %q", a, b, split, whole)
		}
	})
}

func throughWriter(t *testing.T, parts ...[]byte) string {
	t.Helper()
	var out bytes.Buffer
	w := SafeWriter(&out)
	for _, part := range parts {
		if _, err := w.Write(part); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func assertHarmless(t *testing.T, text, allowed string) {
	t.Helper()
	if !utf8.ValidString(text) {
		t.Errorf("not UTF-8: %q", text)
	}
	for _, r := range text {
		if strings.ContainsRune(allowed, r) {
			continue
		}
		if unicode.IsControl(r) || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 ||
			r >= 0x200b && r <= 0x200f || r == 0x2028 || r == 0x2029 || r == 0xfeff {
			t.Errorf("%U survived in %q", r, text)
		}
	}
}

func BenchmarkSafe(b *testing.B) {
	text := strings.Repeat("A usual cell of a table, naïve at times. ", 25)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		Safe(text)
	}
}
