package records

import (
	"path/filepath"
	"strings"
	"testing"
)

func FuzzRecordFiles(f *testing.F) {
	for _, key := range []string{"a", ".", "..", "a.b", "__metadata__", "x.__metadata__", "CON", "a b", "č"} {
		f.Add(key)
	}
	f.Fuzz(func(t *testing.T, key string) {
		if checkKey(key) != nil {
			return
		}
		for _, contentType := range []string{"text/plain", "application/json", "image/png", "x/y"} {
			name := recordFile(styleJavaScript, key, contentType)
			if name != "" && (keyOfFile(name) != key || !filepath.IsLocal(name) || strings.ContainsAny(name, `/\`)) {
				t.Errorf("%q is %q, which is read as %q", key, name, keyOfFile(name))
			}
		}
		if name := recordFile(stylePython, key, ""); name != "" && percentDecoded(name) != key {
			t.Errorf("%q is %q, which is read as %q", key, name, percentDecoded(name))
		}
	})
}
