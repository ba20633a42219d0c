package export

import (
	"io"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

type compression int

const (
	uncompressed compression = iota
	gzipped
	zstandard
)

// compressionOf tells how a file is compressed by its name, and the ending
// that said so, as it stands in the name.
func compressionOf(name string) (compression, string) {
	for kind, ending := range map[compression]string{gzipped: ".gz", zstandard: ".zst"} {
		if cut := len(name) - len(ending); cut >= 0 && strings.EqualFold(name[cut:], ending) {
			return kind, name[cut:]
		}
	}
	return uncompressed, ""
}

// Compressed tells whether a file of that name is compressed, and by what
// ending.
func Compressed(name string) (ending string, compressed bool) {
	kind, ending := compressionOf(name)
	return ending, kind != uncompressed
}

// compressor wraps w; it is nil where nothing is compressed. The fast levels
// are used: an export should be as fast as the wire, and scraped data shrinks
// well at any level.
func (c compression) compressor(w io.Writer) (io.WriteCloser, error) {
	switch c {
	case gzipped:
		return gzip.NewWriterLevel(w, gzip.BestSpeed)
	case zstandard:
		return zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedFastest))
	}
	return nil, nil // no compressor is not a failure
}
