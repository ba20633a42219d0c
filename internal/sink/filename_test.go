package sink

import "testing"

func TestFileName(t *testing.T) {
	for name, want := range map[string]string{
		"shop-1": "shop-1", "a/b": "a_b", "..": "_", ".": "_", ".hidden": "_.hidden", "": "_", `a\b:c`: "a_b_c", "CON": "_CON", "nul.txt": "_nul.txt",
		"../../etc/passwd": "_.._.._etc_passwd", "com1": "_com1", "comic": "comic", "é\x00\n": "___", "end.": "end",
	} {
		if got := FileName(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}
