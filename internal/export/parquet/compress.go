package parquet

import (
	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
)

// Compression is how pages are compressed.
type Compression int

// The compressions, as files number them.
const (
	None   Compression = 0
	Snappy Compression = 1
	Zstd   Compression = 6
)

type compressor struct {
	kind Compression
	zstd *zstd.Encoder
	text []byte
}

func newCompressor(c Compression) (*compressor, error) {
	if c != Zstd {
		return &compressor{kind: c}, nil
	}
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1), zstd.WithEncoderCRC(false), zstd.WithLowerEncoderMem(true))
	return &compressor{kind: c, zstd: encoder}, err
}

func (c *compressor) append(dst, page []byte) []byte {
	switch c.kind {
	case Zstd:
		return c.zstd.EncodeAll(page, dst)
	case Snappy:
		return append(dst, c.snappy(page)...)
	}
	return append(dst, page...)
}

func (c *compressor) snappy(page []byte) []byte {
	if most := s2.MaxEncodedLen(len(page)); cap(c.text) < most {
		c.text = make([]byte, most)
	}
	c.text = s2.EncodeSnappy(c.text[:cap(c.text)], page)
	return c.text
}
