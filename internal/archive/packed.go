package archive

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/flate"
	"io"
	"time"
)

// Writer makes an archive of records, one after the other.
type Writer struct {
	names   *Names
	add     func(name string, size int64, compressible bool, value io.Reader) error
	finish  func() error
	entries []Entry
}

// NewZip writes a ZIP.
func NewZip(w io.Writer, now time.Time) *Writer {
	archive := zip.NewWriter(w)
	archive.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestSpeed) })
	return &Writer{
		names: NewNames(nil), finish: archive.Close,
		add: func(name string, _ int64, compressible bool, value io.Reader) error {
			header := &zip.FileHeader{Name: name, Method: zip.Store, Modified: now}
			if compressible {
				header.Method = zip.Deflate
			}
			header.SetMode(0o644)
			file, err := archive.CreateHeader(header)
			if err != nil {
				return err
			}
			_, err = io.Copy(file, value)
			return err
		},
	}
}

// NewTar writes a tar.
func NewTar(w io.Writer, now time.Time) *Writer {
	archive := tar.NewWriter(w)
	return &Writer{
		names: NewNames(nil), finish: archive.Close,
		add: func(name string, size int64, _ bool, value io.Reader) error {
			header := &tar.Header{Name: name, Size: size, Mode: 0o644, ModTime: now, Typeflag: tar.TypeReg, Format: tar.FormatPAX}
			if err := archive.WriteHeader(header); err != nil {
				return err
			}
			_, err := io.Copy(archive, value)
			return err
		},
	}
}

// Add adds a record; File of the entry is filled in.
func (w *Writer) Add(entry Entry, compressible bool, value io.Reader) error {
	entry.File = w.names.For(entry.Key)
	w.entries = append(w.entries, entry)
	return w.add(entry.File, entry.Size, compressible, value)
}

// Finish adds the index and ends the archive.
func (w *Writer) Finish() error {
	var index bytes.Buffer
	if err := writeIndex(&index, w.entries); err != nil {
		return err
	}
	if err := w.add(IndexName, int64(index.Len()), true, &index); err != nil {
		return err
	}
	return w.finish()
}
