package archive

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// hostileNames are keys and file names that lead, or may lead, somewhere else, or
// that mean something to a system.
func hostileNames() []string {
	names := []string{
		"..", ".", "../x", "../../../../../../etc/passwd", "..\\x", "..\\..\\windows\\win.ini", "/etc/passwd", "//server/share/x",
		"\\\\server\\share\\x", "C:\\x", "c:x", "c:/x", "file:///etc/passwd", "a/../../x", "a/./../../x", "./../x", "....//x", "..../x",
		"..%2fx", "%2e%2e/x", "..%5cx", "%2e%2e%2fx", "..%c0%afx", "..\u2215x", "..\uff0fx", "\uff0e\uff0e/x", "..;/x", "..\x00/x", "x\x00.txt",
		"~", "~/x", "~root/x", "$HOME/x", "%TEMP%\\x", "`id`", "$(id)", "-rf", "--help", "|id", ";id", "x\ny", "x\r\ny", " x", "x ", "x.", "x...",
		"CON", "con", "NUL.txt", "aux.tar.gz", "COM1", "com1.log", "LPT9", "CONIN$", "x:stream", "x::$DATA", "desktop.ini", ".htaccess", ".git/config",
		".ssh/authorized_keys", "__proto__", IndexName, strings.ToUpper(IndexName), ".apifyctl-x.tmp", "", strings.Repeat("a", 300), strings.Repeat("../", 100) + "x",
		"a\u202egnp.exe", "a\u0000b", "\xff\xfe", "\u212a", "K", "k",
	}
	for c := range 256 {
		names = append(names, "x"+string([]byte{byte(c)})+"y")
	}
	return names
}

// Every key gets a plain file's name of its own, in the folder.
func TestHostileNames(t *testing.T) {
	dir := t.TempDir()
	inside := filepath.Join(dir, "inside")
	folder, err := CreateFolder(inside, false)
	if err != nil {
		t.Fatal(err)
	}
	taken := map[string]string{}
	for _, key := range hostileNames() {
		name := folder.Name(key)
		if !filepath.IsLocal(name) || filepath.Base(name) != name || strings.ContainsAny(name, "/\\:\x00") || isDevice(name) {
			t.Errorf("%q becomes %q", key, name)
		}
		if other, again := taken[strings.ToLower(name)]; again && other != key {
			t.Errorf("%q and %q are both %q", key, other, name)
		}
		taken[strings.ToLower(name)] = key
		if _, err := folder.Put(key, func(w io.Writer) (string, error) {
			_, err := io.WriteString(w, key)
			return "text/plain", err
		}); err != nil {
			t.Errorf("%q: %v", key, err)
		}
	}
	if err := folder.Finish(true); err != nil {
		t.Fatal(err)
	}
	if err := folder.Close(); err != nil {
		t.Fatal(err)
	}
	outside, err := os.ReadDir(dir)
	if err != nil || len(outside) != 1 {
		t.Errorf("beside the folder: %v, %v", outside, err)
	}
}

// A folder with links that lead out, or an index that names files elsewhere, gives
// nothing from outside.
func TestHostileFolders(t *testing.T) {
	dir := t.TempDir()
	inside, secret := filepath.Join(dir, "inside"), filepath.Join(dir, "secret")
	if err := os.Mkdir(inside, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(secret, []byte("hush"), 0o600); err != nil {
		t.Fatal(err)
	}
	var index bytes.Buffer
	for i, name := range append(hostileNames(), secret, "../secret", "link", "loop") {
		line, err := Entry{Key: fmt.Sprint("key", i), File: name, Size: 4}.appendLine(nil)
		if err != nil {
			t.Fatal(err)
		}
		index.Write(line)
	}
	if err := os.WriteFile(filepath.Join(inside, IndexName), index.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, target := range map[string]string{"link": secret, "relative": "../secret", "up": ".."} {
		if err := os.Symlink(target, filepath.Join(inside, name)); err != nil {
			t.Skip("no links: ", err)
		}
	}
	source, err := OpenSource(inside)
	if err != nil {
		return // refused as a whole
	}
	defer func() { _ = source.Close() }()
	for _, entry := range source.Entries {
		reader, err := source.Open(entry)
		if err != nil {
			continue
		}
		text, _ := io.ReadAll(reader)
		_ = reader.Close()
		if string(text) == "hush" {
			t.Errorf("%q gave what is outside", entry.File)
		}
	}
}

// A ZIP's names are looked up in the ZIP alone; sizes that lie and bombs end.
func TestHostileArchives(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.zip")
	var text bytes.Buffer
	z := zip.NewWriter(&text)
	for _, name := range hostileNames() {
		if name == "" || strings.EqualFold(name, IndexName) {
			continue
		}
		file, err := z.CreateHeader(&zip.FileHeader{Name: name, Modified: time.Unix(0, 0)})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(file, "of the archive"); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	source, err := OpenSource(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = source.Close() }()
	for _, entry := range source.Entries {
		reader, err := source.Open(entry)
		if err != nil {
			continue
		}
		text, err := io.ReadAll(reader)
		_ = reader.Close()
		if err == nil && !slices.Contains([]string{"of the archive", ""}, string(text)) {
			t.Errorf("%q gave %q", entry.File, text)
		}
	}
}

func TestZipBombsEnd(t *testing.T) {
	packed := func(size int) []byte {
		var b bytes.Buffer
		w, err := flate.NewWriter(&b, flate.BestSpeed)
		if err != nil {
			t.Fatal(err)
		}
		for range size >> 20 {
			if _, err := w.Write(make([]byte, 1<<20)); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	for name, test := range map[string]struct {
		file       string
		real, said int
		want       string
	}{
		"larger than it says": {"a", 64 << 20, 1 << 20, "not a valid zip file"},
		"a bomb":              {"a", 8 << 20, 2 << 30, "would become 2048 MB"},
		"an index":            {IndexName, 8 << 20, 2 << 30, "would become 2048 MB"},
	} {
		t.Run(name, func(t *testing.T) {
			var text bytes.Buffer
			z := zip.NewWriter(&text)
			value := packed(test.real)
			header := &zip.FileHeader{Name: test.file, Method: zip.Deflate, CompressedSize64: uint64(len(value)), UncompressedSize64: uint64(test.said)}
			file, err := z.CreateRaw(header)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := file.Write(value); err != nil {
				t.Fatal(err)
			}
			if err := z.Close(); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(t.TempDir(), "x.zip")
			if err := os.WriteFile(path, text.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
			source, err := OpenSource(path)
			if err == nil {
				defer func() { _ = source.Close() }()
				var reader io.ReadCloser
				if reader, err = source.Open(source.Entries[0]); err == nil {
					var n int64
					if n, err = io.Copy(io.Discard, reader); n > int64(test.said) {
						t.Errorf("%d bytes came", n)
					}
					_ = reader.Close()
				}
			}
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error is %v", err)
			}
		})
	}
}
