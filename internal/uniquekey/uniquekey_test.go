package uniquekey

import (
	"fmt"
	"strings"
	"testing"
)

// The expected keys are what @apify/utilities gives; the conformance tests
// compare far more of them.
func TestOf(t *testing.T) {
	for _, c := range []struct {
		request Request
		want    string
	}{
		{Request{URL: "https://Example.com/Path/?b=2&a=1&utm_source=x#frag"}, "https://example.com/Path?a=1&b=2"},
		{Request{URL: " https://example.com "}, "https://example.com"},
		{Request{URL: "https://example.com/?a&a=1&a=0"}, "https://example.com?a=&a=1&a=0"},
		{Request{URL: "https://user:pw@münchen.de:443/ü//"}, "https://xn--mnchen-3ya.de/%C3%BC/"},
		{Request{URL: "https://example.com/?q=a+b&z=%zz&%75tm_x=1"}, "https://example.com?q=a+b&z=%25zz"},
		{Request{URL: "https://example.com/?a=%ff%C3%28"}, "https://example.com?a=%EF%BF%BD%EF%BF%BD%28"},
		{Request{URL: "no url"}, "no url"},
		{Request{URL: "https://example.com/p", Method: "post", Payload: []byte("k=v")}, "https://example.com/p"},
		{Request{URL: "https://example.com/p", Method: "post", Payload: []byte("k=v"), Extended: true}, "POST(kkbSwODy):https://example.com/p"},
		{Request{URL: "https://example.com/p", Method: "PUT", Extended: true}, "PUT():https://example.com/p"},
		{Request{URL: "https://example.com/p", Extended: true}, "GET():https://example.com/p"},
		{Request{URL: "https://example.com/#/a", KeepFragment: true}, "https://example.com#/a"},
		{Request{URL: "https://example.com/?b=1&a=2#ü x", KeepFragment: true}, "https://example.com?a=2&b=1#%C3%BC%20x"},
		{Request{URL: "https://example.com/#", KeepFragment: true}, "https://example.com"},
	} {
		if got := Of(c.request); got != c.want {
			t.Errorf("%+v: %q, want %q", c.request, got, c.want)
		}
	}
	if got := RequestID("POST(kkbSwODy):https://example.com/p"); got != "5fswhigF0cTigQe" {
		t.Error(got)
	}
}

// Every byte of a parameter comes back as a form would write it, however its
// hexadecimal digits are written.
func TestEscapes(t *testing.T) {
	const bare = "*-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
	for c := range byte(0x80) {
		want := fmt.Sprintf("%%%02X", c)
		switch {
		case c == ' ':
			want = "+"
		case strings.IndexByte(bare, c) >= 0:
			want = string(rune(c))
		}
		for _, escaped := range []string{fmt.Sprintf("%%%02x", c), fmt.Sprintf("%%%02X", c)} {
			if got := Of(Request{URL: "https://example.com/?q=" + escaped}); got != "https://example.com?q="+want {
				t.Errorf("%s: %q, want %q", escaped, got, want)
			}
		}
	}
}

// What only looks like an escape is text.
func TestNoEscapes(t *testing.T) {
	for text, want := range map[string]string{
		"%": "%25", "%4": "%254", "%41": "A", "%4g": "%254g", "%g4": "%25g4", "%/4": "%25%2F4", "%4/": "%254%2F", "%:4": "%25%3A4", "%4:": "%254%3A",
		"%@4": "%25%404", "%4@": "%254%40", "%G4": "%25G4", "%4G": "%254G", "%`4": "%25%604", "%4`": "%254%60", "%%41": "%25A", "%4%31": "%2541",
		"+%2b": "+%2B", "+": "+", "a+": "a+", "%7e~": "%7E%7E", "%aF": "%EF%BF%BD", "%Fa": "%EF%BF%BD", "%c3%BC": "%C3%BC",
	} {
		if got := Of(Request{URL: "https://example.com/?q=" + text}); got != "https://example.com?q="+want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

// Around a URL goes what JavaScript's trim takes away, and nothing else.
func TestSpaces(t *testing.T) {
	spaces := "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
	for _, c := range spaces {
		if got, ok := Normalize(string(c)+"https://example.com/a"+string(c), false); !ok || got != "https://example.com/a" {
			t.Errorf("%U: %q, %t", c, got, ok)
		}
	}
	for _, c := range "\u0085\u180e\u1fff\u200b\u2027\u202a\u2060\ufefe" {
		if got, ok := Normalize(string(c)+"https://example.com/a", false); ok {
			t.Errorf("%U is no space: %q", c, got)
		}
	}
	if got, ok := Normalize(" \t", false); ok {
		t.Errorf("nothing is the URL %q", got)
	}
}

// Names sort by UTF-16, as JavaScript compares text.
func TestOrder(t *testing.T) {
	got, ok := Normalize("https://example.com/?\uff5e=1&\U0001f600=2&b=3&a=4&a=0", false)
	want := "https://example.com?a=4&a=0&b=3&%F0%9F%98%80=2&%EF%BD%9E=1"
	if !ok || got != want {
		t.Errorf("%q, %t, want %q", got, ok, want)
	}
}

func FuzzNormalize(f *testing.F) {
	f.Add("https://Example.com/Path/?b=2&a=1&utm_source=x#frag")
	f.Add("http://[::1]:80/%ff?%ff=%")
	f.Fuzz(func(t *testing.T, text string) {
		key, ok := Normalize(text, false)
		if ok && strings.Contains(key, "#") {
			t.Errorf("%q has a fragment: %q", text, key)
		}
		if kept, keptOK := Normalize(text, true); keptOK != ok || !strings.HasPrefix(kept, key) {
			t.Errorf("%q with its fragment is %q, %v; without it is %q, %v", text, kept, keptOK, key, ok)
		}
	})
}
