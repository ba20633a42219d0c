package mediatype

import (
	"strings"
	"testing"
)

func TestForName(t *testing.T) {
	for name, want := range map[string]string{
		"a.json": JSON, "a.JSON": JSON, "photo.jpg": "image/jpeg", "a.b.tar.gz": "application/gzip", "text": Text, "xml": "application/xml",
		"page.htm": "text/html; charset=utf-8", "x.unknown": "", "": "", "dot.": "", "clip.bin": Binary, "sound.wav": "audio/wave",
		"OUTPUT": "", ".": "", "..": "",
	} {
		if got := ForName(name); got != want {
			t.Errorf("ForName(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestEnding(t *testing.T) {
	for mediaType, want := range map[string]string{
		"image/jpeg": "jpeg", "application/json; charset=utf-8": "json", "Text/HTML": "html", "application/x-none": "bin", "": "bin", Binary: "bin",
	} {
		if got := Ending(mediaType); got != want {
			t.Errorf("Ending(%q) = %q, want %q", mediaType, got, want)
		}
	}
}

// What an ending was chosen for is found again by it, as far as the ending
// belongs to that type.
func TestTableIsSound(t *testing.T) {
	for line := range strings.Lines(strings.TrimPrefix(table, "\n")) {
		fields := strings.Fields(line)
		if len(fields) < 2 || strings.ToLower(line) != line {
			t.Errorf("bad line %q", line)
			continue
		}
		for _, ending := range fields[1:] {
			if ForName("x."+ending) == "" {
				t.Errorf("%s is not found", ending)
			}
		}
		if ForName("x."+Ending(fields[0])) == "" {
			t.Errorf("%s has the ending %s, which is not found", fields[0], Ending(fields[0]))
		}
	}
}

func TestKinds(t *testing.T) {
	if !IsText("image/svg+xml") || !IsText("text/csv; charset=utf-8") || IsText("image/png") || IsText("") {
		t.Error("text is not told from binary")
	}
	if !IsJSON("application/ld+json") || IsJSON("application/json5") {
		t.Error("JSON is not told from others")
	}
}

// FuzzNames: a name for a media type has an ending that leads back to it, and no
// ending has a path in it.
func FuzzNames(f *testing.F) {
	for _, seed := range []string{"", "text/plain; charset=utf-8", "application/json", "image/svg+xml", "TEXT/HTML", "a/b;c=\"d", "application/x-../../etc"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, mediaType string) {
		ending := Ending(mediaType)
		if strings.ContainsAny(ending, "/\\\x00") {
			t.Errorf("%q has the ending %q", mediaType, ending)
		}
		if back := ForName("name." + ending); HasEnding("name."+ending) && Ending(back) != ending {
			t.Errorf("%q has the ending %q, which is %q, which has %q", mediaType, ending, back, Ending(back))
		}
		if bare := Bare(mediaType); Bare(bare) != bare {
			t.Errorf("%q is %q, which is %q", mediaType, bare, Bare(bare))
		}
		IsJSON(mediaType)
		IsText(mediaType)
	})
}
