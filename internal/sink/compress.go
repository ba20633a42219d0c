package sink

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

// Pack is a sink whose bytes are compressed as the ending of a name says, .gz or
// .zst; the sink itself where it says nothing.
func Pack(to Sink, name string) (Sink, error) {
	kind, _ := compressionOf(name)
	compressor, err := kind.compressor(to)
	if err != nil {
		return nil, Both(err, to.Abort())
	}
	if compressor == nil {
		return to, nil
	}
	return &packed{Sink: to, compressor: compressor}, nil
}

type packed struct {
	Sink
	compressor io.WriteCloser // nil once it is closed
}

func (p *packed) Write(b []byte) (int, error) { return p.compressor.Write(b) }

func (p *packed) CountItems(n int64) { CountItems(p.Sink, n) }

func (p *packed) Commit() error {
	if err := p.close(); err != nil {
		return Both(err, p.Sink.Abort())
	}
	return p.Sink.Commit()
}

// Abort ends zstd's goroutines, too; what it still writes is thrown away.
func (p *packed) Abort() error {
	_ = p.close()
	return p.Sink.Abort()
}

func (p *packed) close() error {
	if p.compressor == nil {
		return nil
	}
	compressor := p.compressor
	p.compressor = nil
	return compressor.Close()
}
