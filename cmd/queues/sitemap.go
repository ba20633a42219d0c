package queues

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"net/url"
	"path"
	"path/filepath"
	"strings"

	"github.com/apifyctl/apifyctl/internal/input"
)

// sitemaps reads a sitemap, or a sitemap index and the sitemaps it names. Nothing
// is fetched: a sitemap of an index is the file of that name in the index's own
// folder, whatever else its address says. So an index from the web leads to no
// file elsewhere.
type sitemaps struct {
	path string // of the file; "-" is stdin
}

func (s sitemaps) read(r io.Reader) iter.Seq2[input.Row, error] {
	return func(yield func(input.Row, error) bool) {
		reader := sitemapReader{file: s.path, yield: yield}
		if err := reader.read(r, ""); err != nil && !errors.Is(err, errEnough) {
			yield(input.Row{}, err)
		}
	}
}

// errEnough ends the reading when nobody wants more rows.
var errEnough = errors.New("enough")

type sitemapReader struct {
	file  string
	yield func(input.Row, error) bool
}

// read reads a sitemap; within is the one of an index that it is, else "".
func (s *sitemapReader) read(r io.Reader, within string) error {
	decoder := xml.NewDecoder(r)
	rooted := false
	for n := 1; ; {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) && rooted {
			return nil
		}
		if errors.Is(err, io.EOF) {
			return errors.New("it is empty, and no sitemap")
		}
		if err != nil {
			return err
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		rooted = true
		var entry struct {
			Location string `xml:"loc"`
		}
		name := start.Name.Local
		if name != "url" && name != "sitemap" {
			continue
		}
		if err := decoder.DecodeElement(&entry, &start); err != nil {
			return err
		}
		location := strings.TrimSpace(entry.Location)
		switch {
		case name == "sitemap" && within != "":
			return errors.New("a sitemap of an index is an index itself")
		case name == "sitemap":
			if err := s.follow(location); err != nil {
				return err
			}
		default:
			position := fmt.Sprintf("url %d", n)
			if within != "" {
				position = within + ", " + position
			}
			if !s.yield(urlRow(location, position), nil) {
				return errEnough
			}
			n++
		}
	}
}

// follow reads a sitemap that an index names.
func (s *sitemapReader) follow(location string) (err error) {
	if s.file == stdin {
		return errors.New("it is an index of sitemaps; give it as a file, with the sitemaps beside it")
	}
	address, err := url.Parse(location)
	if err != nil {
		return err
	}
	name := path.Base(address.Path)
	if name == "." || name == "/" || !filepath.IsLocal(name) || strings.ContainsAny(name, `/\`) {
		return fmt.Errorf("the index names %q, which is no file", location)
	}
	file, err := input.Open(filepath.Join(filepath.Dir(s.file), name), nil)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the index names %s; nothing is fetched, and there is no %s beside the index", location, name)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if err := s.read(file, name); err != nil {
		if errors.Is(err, errEnough) {
			return err
		}
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}
