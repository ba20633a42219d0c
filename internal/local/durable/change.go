package durable

import "io/fs"

// Place is which of a storage's folders a file is in: "" is the
// storage's own.
type Place string

// Change is a file of a storage that is to get another content, or to go.
type Change struct {
	In      Place
	Name    string
	Text    []byte
	Deleted bool
	Staged  string      // the temporary file, once there is one
	Synced  fs.FileInfo // of the temporary file where it is on the disk: no text is needed
}
