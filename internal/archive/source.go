package archive

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

// Source is a folder or a ZIP to read records from.
type Source struct {
	// Entries are the files, by key: those of the index, and any others, whose
	// names are taken for keys. Of the others the media type and the checksum
	// are "".
	Entries []Entry

	open  func(Entry) (io.ReadCloser, error)
	close io.Closer
}

// OpenSource opens a folder or a ZIP.
func OpenSource(path string) (*Source, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return openFolder(path)
	}
	return openZip(path)
}

// Open reads an entry's value.
func (s *Source) Open(e Entry) (io.ReadCloser, error) { return s.open(e) }

// Close lets go of the folder or the ZIP.
func (s *Source) Close() error { return s.close.Close() }

func openFolder(path string) (*Source, error) {
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, err
	}
	s := &Source{close: root, open: func(e Entry) (io.ReadCloser, error) { return root.Open(e.File) }}
	index, err := indexIn(root)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, errors.Join(err, root.Close())
	}
	files := map[string]int64{}
	err = fs.WalkDir(root.FS(), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || name == IndexName || isTemporary(name) {
			return err
		}
		info, err := root.Stat(name) // of a link's target, within the folder
		if err != nil {
			return err
		}
		if info.Mode().IsRegular() {
			files[name] = info.Size()
		}
		return nil
	})
	if err != nil {
		return nil, errors.Join(err, root.Close())
	}
	s.Entries = merge(index, files)
	return s, nil
}

func openZip(path string) (*Source, error) {
	archive, err := zip.OpenReader(path)
	if errors.Is(err, zip.ErrFormat) {
		return nil, errors.New("it is neither a folder nor a ZIP archive")
	}
	if err != nil {
		return nil, err
	}
	return zipSource(&archive.Reader, archive)
}

// ZipAt reads a ZIP that is somewhere else. Close closes it.
func ZipAt(r io.ReaderAt, size int64, closer io.Closer) (*Source, error) {
	archive, err := zip.NewReader(r, size)
	if err != nil {
		return nil, errors.Join(err, closer.Close())
	}
	return zipSource(archive, closer)
}

// FilesAt are files that are somewhere else: their names and sizes, and how they are
// read.
func FilesAt(files map[string]int64, open func(name string) (io.ReadCloser, error)) (_ *Source, err error) {
	s := &Source{close: nothing{}, open: func(e Entry) (io.ReadCloser, error) { return open(e.File) }}
	var index []Entry
	if _, ok := files[IndexName]; ok {
		delete(files, IndexName)
		text, err := open(IndexName)
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, text.Close()) }()
		if index, err = readIndex(text); err != nil {
			return nil, err
		}
	}
	s.Entries = merge(index, files)
	return s, nil
}

type nothing struct{}

func (nothing) Close() error { return nil }

func zipSource(archive *zip.Reader, closer io.Closer) (*Source, error) {
	files, sizes := map[string]*zip.File{}, map[string]int64{}
	for _, file := range archive.File {
		if !strings.HasSuffix(file.Name, "/") {
			files[file.Name] = file
			sizes[file.Name] = int64(min(file.UncompressedSize64, 1<<62))
		}
	}
	s := &Source{close: closer, open: func(e Entry) (io.ReadCloser, error) {
		file, ok := files[e.File]
		if !ok {
			return nil, &fs.PathError{Op: "open", Path: e.File, Err: fs.ErrNotExist}
		}
		return openBounded(file)
	}}
	var index []Entry
	if file, ok := files[IndexName]; ok {
		delete(sizes, IndexName)
		var err error
		if index, err = indexOf(file); err != nil {
			return nil, errors.Join(err, closer.Close())
		}
	}
	s.Entries = merge(index, sizes)
	return s, nil
}

// A file of a ZIP that is larger than so much, and so many times as large as it is
// packed, is a bomb.
const (
	maxPlain = 1 << 30
	maxRatio = 100
)

// openBounded reads a file of a ZIP: up to the size that the ZIP says, behind which
// package zip finds it broken.
func openBounded(file *zip.File) (io.ReadCloser, error) {
	if isBomb(file.UncompressedSize64, file.CompressedSize64) {
		return nil, fmt.Errorf("%q would become %d MB, of %d bytes in the archive", file.Name, file.UncompressedSize64>>20, file.CompressedSize64)
	}
	return file.Open()
}

func isBomb(plain, packed uint64) bool { return plain > maxPlain && plain/maxRatio > packed }

func indexOf(file *zip.File) (entries []Entry, err error) {
	reader, err := openBounded(file)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, reader.Close()) }()
	return readIndex(reader)
}

// merge puts the files' real sizes into an index and adds files that it lacks.
// What it has and the files lack stays, and fails when it is opened.
func merge(index []Entry, files map[string]int64) []Entry {
	entries := make([]Entry, 0, len(files))
	keys := map[string]bool{}
	for _, entry := range index {
		if size, ok := files[entry.File]; ok {
			if size != entry.Size {
				entry.Size, entry.SHA256 = size, ""
			}
			delete(files, entry.File)
		}
		keys[entry.Key] = true
		entries = append(entries, entry)
	}
	for name, size := range files {
		if !keys[name] {
			entries = append(entries, Entry{Key: name, File: name, Size: size})
		}
	}
	sortEntries(entries)
	return entries
}
