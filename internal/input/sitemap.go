package input

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
)

// readSitemap reads a sitemap, or a sitemap index and the sitemaps it names.
// Nothing is fetched: a sitemap of an index is the file of that name in the
// index's own folder, whatever else its address says. So an index from the web
// leads to no file elsewhere.
func readSitemap(r io.Reader, o Options) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		reader := sitemapReader{options: o, yield: yield}
		if err := reader.read(r, ""); err != nil && !errors.Is(err, errEnough) {
			yield(Row{}, err)
		}
	}
}

// errEnough ends the reading when nobody wants more rows.
var errEnough = errors.New("enough")

type sitemapReader struct {
	options Options
	yield   func(Row, error) bool
}

// read reads a sitemap; within is the one of an index that it is, else "".
func (s *sitemapReader) read(r io.Reader, within string) error {
	elements, err := newElements(r, s.options.Encoding)
	if err != nil {
		return err
	}
	root, err := elements.root()
	switch {
	case err != nil:
		return err
	case root != "urlset" && root != "sitemapindex":
		return fmt.Errorf("<%s> is no sitemap: that is <urlset> or <sitemapindex>", root)
	case root == "sitemapindex" && within != "":
		return errors.New("a sitemap of an index is an index itself")
	}
	for n := 1; ; n++ {
		name, location, err := elements.entry()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if name == "sitemap" {
			if err := s.follow(location); err != nil {
				return err
			}
			continue
		}
		position := fmt.Sprintf("url %d", n)
		if within != "" {
			position = within + ", " + position
		}
		if !s.yield(urlRow(location, position), nil) {
			return errEnough
		}
	}
}

// follow reads a sitemap that an index names.
func (s *sitemapReader) follow(location string) (err error) {
	if s.options.folder == "" {
		return errors.New("it is an index of sitemaps; give it as a file, with the sitemaps beside it")
	}
	address, err := url.Parse(location)
	if err != nil {
		return fmt.Errorf("the index names %q, which is no address", location)
	}
	name := path.Base(address.Path)
	if name == "." || name == "/" || !filepath.IsLocal(name) || strings.ContainsAny(name, `/\`) {
		return fmt.Errorf("the index names %q, which is no file", location)
	}
	file, err := Open(filepath.Join(s.options.folder, name), nil)
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

// elements reads the entries of a sitemap and keeps nothing but the address of
// one.
type elements struct {
	decoder *xml.Decoder
	source  *bounded
	depth   int // of the element that is open
}

// maxDepth is how deep elements may be nested: those of a sitemap with all its
// extensions are five deep.
const maxDepth = 100

func newElements(r io.Reader, encoding string) (*elements, error) {
	text, err := xmlText(r, encoding)
	if err != nil {
		return nil, err
	}
	source := &bounded{r: text}
	decoder := xml.NewDecoder(source)
	decoder.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil } // it was decoded
	return &elements{decoder: decoder, source: source}, nil
}

// root returns the name of the outermost element.
func (e *elements) root() (string, error) {
	for {
		token, err := e.next()
		if errors.Is(err, io.EOF) {
			return "", errors.New("it is empty, and no sitemap")
		}
		if err != nil {
			return "", err
		}
		if start, ok := token.(xml.StartElement); ok {
			return start.Name.Local, nil
		}
	}
}

// entry returns the name of the next entry, url or sitemap, and its address; or
// io.EOF.
func (e *elements) entry() (name, location string, err error) {
	var text strings.Builder
	inside := false // of <loc>
	for {
		token, err := e.next()
		if err != nil {
			return "", "", err
		}
		switch token := token.(type) {
		case xml.StartElement:
			local := token.Name.Local
			switch {
			case e.depth == 2 && (local == "url" || local == "sitemap"):
				name = local
			case e.depth == 3 && name != "" && local == "loc":
				inside = true
				text.Reset()
			}
		case xml.EndElement:
			switch {
			case e.depth == 1 && name != "":
				return name, strings.TrimSpace(text.String()), nil
			case e.depth == 2:
				inside = false
			}
		case xml.CharData:
			if !inside {
				continue
			}
			if text.Write(token); text.Len() > MaxLine {
				return "", "", &LimitError{Line: e.line(), What: "an element", Limit: MaxLine}
			}
		}
	}
}

func (e *elements) line() int {
	line, _ := e.decoder.InputPos()
	return line
}

// next returns a token; io.EOF only behind the root. What it does not return in
// time is larger than the bound.
func (e *elements) next() (xml.Token, error) {
	e.source.limit = e.decoder.InputOffset() + MaxLine + decodedBytes
	token, err := e.decoder.Token()
	if errors.Is(err, errBound) {
		return nil, &LimitError{Line: e.line(), What: "an element", Limit: MaxLine}
	}
	if syntax, ok := errors.AsType[*xml.SyntaxError](err); ok {
		if syntax.Msg == "unexpected EOF" {
			return nil, fmt.Errorf("line %d: the sitemap is cut off", syntax.Line)
		}
		return nil, fmt.Errorf("line %d: not well-formed XML: %s", syntax.Line, syntax.Msg)
	}
	if err != nil {
		return nil, err
	}
	switch token.(type) {
	case xml.StartElement:
		e.depth++
	case xml.EndElement:
		e.depth--
	}
	if e.depth > maxDepth {
		return nil, fmt.Errorf("line %d: elements are nested more than %d deep", e.line(), maxDepth)
	}
	return token, nil
}

// bounded ends with errBound where limit is reached.
type bounded struct {
	r           io.Reader
	read, limit int64
}

var errBound = errors.New("too much")

func (b *bounded) Read(p []byte) (int, error) {
	if b.read >= b.limit {
		return 0, errBound
	}
	n, err := b.r.Read(p[:min(int64(len(p)), b.limit-b.read)])
	b.read += int64(n)
	return n, err
}
