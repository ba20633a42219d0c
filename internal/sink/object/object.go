// Package object has what all stores of objects share: addresses, uploads that
// nobody sees before they are committed, how often something is tried again, and
// the connection. The stores are in packages beside it.
package object

import (
	"context"
	"crypto/md5" //nolint:gosec // what stores have for a checksum
	"encoding/hex"
	"io"
	"io/fs"
	"iter"
	"strconv"
	"time"
)

// Store holds objects under keys.
type Store interface {
	// Begin starts an upload to a key. It fails where the key cannot be written to,
	// so that this is known before anything is fetched.
	Begin(ctx context.Context, key string, o Options) (Upload, error)
	// Stat looks an object up; it fails with fs.ErrNotExist where there is none.
	Stat(ctx context.Context, key string) (Info, error)
	// Open reads an object from its start. One that is replaced meanwhile is an
	// error, not a mixture of both.
	Open(ctx context.Context, key string) (io.ReadCloser, error)
	// List yields the objects whose keys begin with a prefix.
	List(ctx context.Context, prefix string) iter.Seq2[Info, error]
}

// Options say how an object is written.
type Options struct {
	NoClobber bool // Commit fails with ErrExists where there is an object by then
	Resume    bool // go on with the newest upload to the same key that was left behind
	Sure      bool // it was written to that store before: Begin need not find out that it may be
	MediaType string
}

// Info is what a store says of an object.
type Info struct {
	Key  string
	Size int64
}

// Upload is an object on its way. Nobody sees anything of it before Commit.
type Upload interface {
	// Part sends a part that is not the last one.
	Part(ctx context.Context, p Part) error
	// Commit sends the last part and has the object appear, at one moment. It is
	// called once, when all other parts are there. An answer that is lost is looked
	// up. Errors: ErrExists, ErrUnknown.
	Commit(ctx context.Context, last Part, whole Whole) error
	// Abort has the store forget the upload.
	Abort(ctx context.Context) error
	// Traits are the same throughout.
	Traits() Traits
}

// Traits say how an upload wants its parts.
type Traits struct {
	AtOnce int  // parts under way at the same time; 1: they come in order
	Hash   bool // Whole.SHA256 is of use even where there are several parts

	// Left is an upload to the same key that was left behind before, if any. Resumed
	// says that this is a continuation of it.
	Left    *Left
	Resumed bool
}

// Left is an upload that was neither committed nor aborted.
type Left struct {
	Began time.Time // zero where the store does not say
	Size  int64     // negative: not known
}

// Part is a piece of an object. It can be read as often as needed.
type Part struct {
	Number int // counted from 1
	Size   int64
	CRC32C uint32
	bytes  io.ReaderAt
}

// Reader reads the part from its start.
func (p Part) Reader() *io.SectionReader { return io.NewSectionReader(p.bytes, 0, p.Size) }

// MD5 is what older stores check a part by.
func MD5(p Part) ([]byte, error) {
	sum := md5.New() //nolint:gosec // a checksum, no proof
	_, err := io.Copy(sum, p.Reader())
	return sum.Sum(nil), err
}

// Whole is what is known of an object at its end.
type Whole struct {
	Parts  int
	Size   int64
	CRC32C uint32
	SHA256 []byte // where there is one part, or Traits.Hash
	Items  int64  // negative: nobody has counted
}

// The names of an object's metadata.
const (
	MetaUpload = "apifyctl-upload" // tells uploads apart
	MetaItems  = "apifyctl-items"
	MetaSHA256 = "apifyctl-sha256"
)

// Metadata is what is kept beside the object.
func (w Whole) Metadata(upload string) map[string]string {
	metadata := map[string]string{MetaUpload: upload}
	if w.Items >= 0 {
		metadata[MetaItems] = strconv.FormatInt(w.Items, 10)
	}
	if w.SHA256 != nil {
		metadata[MetaSHA256] = hex.EncodeToString(w.SHA256)
	}
	return metadata
}

// ErrNotExist is fs.ErrNotExist.
var ErrNotExist = fs.ErrNotExist
