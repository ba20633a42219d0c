package uniquekey

import (
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
