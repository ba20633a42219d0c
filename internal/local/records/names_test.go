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

// The API's rule for keys: https://docs.apify.com/platform/storage/key-value-store
func TestKeys(t *testing.T) {
	for name, c := range map[string]struct {
		key   string
		valid bool
	}{
		"none":                  {"", false},
		"all that is allowed":   {"azAZ09!-_.'()", true},
		"as long as can be":     {strings.Repeat("k", 256), true},
		"longer":                {strings.Repeat("k", 257), false},
		"a blank":               {"a b", false},
		"a slash":               {"a/b", false},
		"a letter beyond ASCII": {"č", false},
	} {
		t.Run(name, func(t *testing.T) {
			if err := checkKey(c.key); (err == nil) != c.valid {
				t.Errorf("the key %q: %v", c.key, err)
			}
		})
	}
}

// What each SDK calls the file of a record; "" for one that it has no file for.
func TestFilesOfKeys(t *testing.T) {
	k := func(length int) string { return strings.Repeat("k", length) }
	for name, c := range map[string]struct {
		style     recordStyle
		key, file string
	}{
		"JavaScript":                    {styleJavaScript, "a", "a.txt"},
		"JavaScript, a key with a dot":  {styleJavaScript, "a.txt", "a.txt.txt"},
		"JavaScript, the longest name":  {styleJavaScript, k(251), k(251) + ".txt"},
		"JavaScript, a longer one":      {styleJavaScript, k(252), ""},
		"JavaScript, store metadata":    {styleJavaScript, "__metadata__", "__metadata__.txt"},
		"JavaScript, record metadata":   {styleJavaScript, "x.__metadata__", ""},
		"Python, what is not encoded":   {stylePython, "aZ09_.-~", "aZ09_.-~"},
		"Python, what is encoded":       {stylePython, "!'()", "%21%27%28%29"},
		"Python, beyond ASCII":          {stylePython, "č", "%C4%8D"},
		"Python, with its metadata":     {stylePython, k(237), k(237)},
		"Python, too long for metadata": {stylePython, k(238), ""},
		"Python, the folder itself":     {stylePython, ".", ""},
		"Python, the folder above":      {stylePython, "..", ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := recordFile(c.style, c.key, "text/plain"); got != c.file {
				t.Errorf("the file of %q is %q, want %q", c.key, got, c.file)
			}
		})
	}
}

// The keys that Crawlee 3 reads from the names of files.
func TestKeysOfFiles(t *testing.T) {
	for name, key := range map[string]string{
		"a.txt": "a", "a": "a", "a.b.txt": "a.b", "a.": "a", ".hidden": ".hidden", ".hidden.txt": ".hidden", "..txt": ".",
	} {
		if got := keyOfFile(name); got != key {
			t.Errorf("the key of %q is %q, want %q", name, got, key)
		}
	}
}
