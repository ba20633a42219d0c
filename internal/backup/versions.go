package backup

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"github.com/apifyctl/apifyctl/internal/api"
)

// versions tells which version of each record of a store was taken last: 32
// bytes a record, a hash of the key and one of what the server says of the value.
// They are appended to a file as records are stored; the last one of a key holds.
// One that was lost costs a comparison.
type versions struct {
	mutex sync.Mutex
	file  *os.File
	known map[hash]hash
	count int // entries of the file
}

type hash [16]byte

// versionsForm is what the file begins with.
const versionsForm = "apifyctl/1 records\n"

func hashOf(text ...string) (h hash) {
	sum := sha256.New()
	for _, each := range text {
		_, _ = fmt.Fprintf(sum, "%d %s", len(each), each) // never fails
	}
	copy(h[:], sum.Sum(nil))
	return h
}

// versionOf is the zero value where nothing tells one version from another.
func versionOf(info api.RecordInfo) hash {
	if info.ETag == "" && info.LastModified == "" {
		return hash{}
	}
	// The tag of an answer that was compressed on its way says so.
	tag := strings.Trim(strings.TrimPrefix(info.ETag, "W/"), `"`)
	for _, encoding := range []string{"gzip", "deflate", "br"} {
		tag = strings.TrimSuffix(tag, "-"+encoding)
	}
	return hashOf(tag, info.LastModified, info.ContentType)
}

// newVersions reads the file, and closes it where that fails.
func newVersions(file *os.File) (*versions, error) {
	v := &versions{file: file, known: map[hash]hash{}}
	if err := v.load(); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return v, nil
}

// load reads what is whole; what is not of this form is begun anew.
func (v *versions) load() error {
	text, err := io.ReadAll(v.file)
	if err != nil {
		return err
	}
	const entry = 2 * len(hash{})
	if len(text) < len(versionsForm) || string(text[:len(versionsForm)]) != versionsForm {
		return v.rewrite()
	}
	for rest := text[len(versionsForm):]; len(rest) >= entry; rest = rest[entry:] {
		v.known[hash(rest)] = hash(rest[len(hash{}):])
		v.count++
	}
	if v.count > 2*len(v.known) {
		return v.rewrite()
	}
	size := int64(len(versionsForm) + v.count*entry)
	if err := v.file.Truncate(size); err != nil {
		return err
	}
	_, err = v.file.Seek(size, io.SeekStart)
	return err
}

// rewrite puts one entry a record into the file. A crash in between loses some.
func (v *versions) rewrite() error {
	text := []byte(versionsForm)
	for key, version := range v.known {
		text = append(append(text, key[:]...), version[:]...)
	}
	v.count = len(v.known)
	if err := v.file.Truncate(0); err != nil {
		return err
	}
	if _, err := v.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	_, err := v.file.Write(text)
	return err
}

// of is the zero value where nothing is known of a record.
func (v *versions) of(key string) hash {
	v.mutex.Lock()
	defer v.mutex.Unlock()
	return v.known[hashOf(key)]
}

func (v *versions) put(key string, version hash) error {
	if version == (hash{}) {
		return nil
	}
	v.mutex.Lock()
	defer v.mutex.Unlock()
	h := hashOf(key)
	if v.known[h] == version {
		return nil
	}
	v.known[h] = version
	v.count++
	_, err := v.file.Write(append(h[:len(h):len(h)], version[:]...))
	return err
}

func (v *versions) close() error { return v.file.Close() }
