package records

import (
	"fmt"
	"net/url"
	"runtime"
	"strings"
	"unicode/utf8"

	"github.com/apifyctl/apifyctl/internal/local/directory"
	"github.com/apifyctl/apifyctl/internal/mediatype"
)

// How a record lies in a store's folder. Which way new ones go is decided by
// what the folder's own SDK has left in it.
//
// JavaScript (Crawlee 3, and the older storage-local): a file <key>.<ending>.
// Crawlee itself leaves the ending out where the key has it already, and then
// reads another key than it wrote: photo.png becomes photo. We always put the
// ending, so the keys image and image.png are image.png and image.png.png, and
// Crawlee reads both keys back with their media types. Values of media types
// that have no ending of their own are .bin to it; we remember the type.
//
// Python, and Crawlee 4: a file called by the percent-encoded key, and beside
// it <file>.__metadata__.json with key, media type and size. Before 1.0 Python
// put an ending behind the key, as JavaScript does; Crawlee 4 takes over files
// that it finds, and says their names. So what the metadata says counts, and a
// record that has it keeps its file: see sidecar.go.
//
// Keys that make no file name there (too long, or taken by the SDKs' metadata)
// are kept in our own folder, where the SDKs do not see them.
type recordStyle int32

const (
	styleJavaScript recordStyle = iota
	stylePython
)

const recordMetadataSuffix = "." + directory.MetadataFile

// longestFileName is the limit of the common file systems, in bytes.
const longestFileName = 255

// recordFile is the file for a record; "" where the style has none for it.
func recordFile(style recordStyle, key, contentType string) string {
	name, longest := key+"."+mediatype.Ending(contentType), longestFileName
	if style == stylePython {
		name, longest = percentEncoded(key), longestFileName-len(recordMetadataSuffix)
	}
	stem, _, _ := strings.Cut(name, ".")
	switch {
	case len(name) > longest, name == ".", name == "..", name == directory.MetadataFile, strings.Contains(name, ".__metadata__."):
		return ""
	case runtime.GOOS == "windows" && (directory.IsDeviceName(stem) || strings.HasSuffix(name, ".")):
		return ""
	}
	return name
}

// percentEncoded is Python's urllib.parse.quote with nothing safe.
func percentEncoded(key string) string {
	const hex = "0123456789ABCDEF"
	var name strings.Builder
	for i := range len(key) {
		if c := key[i]; directory.IsAlphanumeric(c) || strings.IndexByte("_.-~", c) >= 0 {
			name.WriteByte(c)
		} else {
			name.Write([]byte{'%', hex[c>>4], hex[c&15]})
		}
	}
	return name.String()
}

func percentDecoded(name string) string {
	key, err := url.PathUnescape(name)
	if err != nil {
		key = name
	}
	return validKey(key)
}

// validKey percent-encodes the bytes of a name that are no UTF-8, which no JSON
// and no URL could carry: the record can be listed, read and deleted as any other.
func validKey(name string) string {
	if utf8.ValidString(name) {
		return name
	}
	var key strings.Builder
	for len(name) > 0 {
		r, size := utf8.DecodeRuneInString(name)
		if r == utf8.RuneError && size == 1 {
			fmt.Fprintf(&key, "%%%02X", name[0])
		} else {
			key.WriteString(name[:size])
		}
		name = name[size:]
	}
	return key.String()
}

// keyOfFile is the key that Crawlee 3 reads from a file's name: the last ending
// is cut off, whatever it is.
func keyOfFile(name string) string {
	if i := strings.LastIndexByte(name, '.'); i > 0 {
		name = name[:i]
	}
	return validKey(name) // to Node a dot in front begins no ending
}

// typeOfFile is the media type that Crawlee 3 reads from a file's name.
func typeOfFile(name string) string {
	if known := mediatype.ForName(name); known != "" {
		return known
	}
	return mediatype.Text
}
