package dataset

import (
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"iter"
	"net/http"
	"slices"
	"strconv"

	"github.com/apifyctl/apifyctl/internal/local/directory"
	"github.com/apifyctl/apifyctl/internal/local/wire"
	"github.com/apifyctl/apifyctl/internal/transform"
)

// noLimit is what the API says where no limit was asked for.
const noLimit = 999_999_999_999

// itemsRequest is a request for a dataset's items.
type itemsRequest struct {
	offset, limit  int64
	descending     bool
	attachment     bool
	bom            bool // of JSON and JSON Lines; formats of files have it in their options
	transformation *transform.Transformation
	file           *fileFormat // nil for JSON and JSON Lines
}

func readItemsRequest(r *http.Request) (*itemsRequest, error) {
	q := wire.Query{Values: r.URL.Query()}
	asked := &itemsRequest{
		offset: q.Whole("offset", 0), limit: cmp.Or(q.Whole("limit", noLimit), noLimit),
		descending: q.Flag("desc"), attachment: q.Flag("attachment"),
		transformation: readTransformation(&q),
	}
	format := q.OneOf("format", "", "json", "jsonl", "csv", "html", "xlsx", "xml", "rss")
	if q.Err != nil {
		return nil, q.Err
	}
	switch format {
	case "jsonl":
		asked.transformation.Lines, asked.bom = true, q.Flag("bom")
	case "", "json":
		asked.bom = q.Flag("bom")
	default:
		asked.file = readFileFormat(&q, format, asked.transformation)
	}
	return asked, q.Err
}

// page is the part of the numbers that the request is about, in its order; total
// is how many of them there are to be seen.
func (a *itemsRequest) page(numbers *numbers, total int64) (iter.Seq[int64], int64) {
	count := min(a.limit, max(0, total-a.offset))
	if count == 0 {
		return func(func(int64) bool) {}, 0
	}
	all := numbers.ascending(a.offset)
	if a.descending {
		all = numbers.descending(a.offset)
	}
	return func(yield func(int64) bool) {
		left := count
		for n := range all {
			if !yield(n) {
				return
			}
			if left--; left == 0 {
				return
			}
		}
	}, count
}

// getItems answers GET and HEAD of a dataset's items.
//
// X-Apify-Pagination-Count is the number of items in the body. Where steps may
// drop or multiply items, it is there only when the whole body fits the buffer
// of itemsBody: the headers of a longer answer leave before its end is known.
// HEAD counts them all.
func (h *Handler) getItems(w http.ResponseWriter, r *http.Request, ref directory.Ref) error {
	r, most, err := h.withView(r, ref)
	if err != nil {
		return err
	}
	asked, err := readItemsRequest(r)
	if err != nil {
		return err
	}
	return h.ReadOne(r.Context(), ref, func(s *directory.Collection, found *directory.Storage) error {
		err := h.sendItems(w, r, asked, most, s, found)
		if errors.Is(err, fs.ErrNotExist) { // an item has gone since the folder was looked at
			h.indexes.Of(found.Folder, newIndex).forget()
			err = h.sendItems(w, r, asked, most, s, found)
		}
		return err
	})
}

// sendItems answers a request for the items of a dataset. An error means that
// nothing was answered yet.
func (h *Handler) sendItems(w http.ResponseWriter, r *http.Request, asked *itemsRequest, most int64, s *directory.Collection, found *directory.Storage) error {
	ctx := r.Context()
	numbers, err := h.itemNumbers(s, found.Folder)
	if err != nil {
		return err
	}
	total := min(numbers.count(), most)
	page, count := asked.page(numbers, total)
	asked.setHeaders(w.Header(), found, total)
	if asked.file != nil {
		asked.file.describe(found)
	}
	if asked.transformation.KeepsCount() {
		setCount(w.Header(), count)
	}
	directory.Tally(w, count)
	if r.Method == http.MethodHead && asked.transformation.KeepsCount() {
		w.WriteHeader(http.StatusOK)
		return nil
	}
	reader, err := newItemReader(s, found.Folder, numbers, asked.transformation)
	if err != nil {
		return clearing(w, err)
	}
	if r.Method == http.MethodHead {
		return closeReader(w, reader, asked.head(ctx, w, reader, page))
	}
	body := &itemsBody{heldBody: heldBody{w: w}, lines: asked.transformation.Lines}
	if asked.bom {
		_, err = body.Write([]byte("\xef\xbb\xbf"))
	}
	switch {
	case err != nil: // the client went away
	case asked.file != nil:
		err = asked.file.send(ctx, reader.pages(ctx, page), &body.heldBody)
	default:
		err = body.fill(ctx, reader, page)
	}
	err = h.cutOff(reader, err, &body.heldBody)
	return closeReader(w, reader, err)
}

// head answers HEAD where only the items themselves tell how many there are.
func (a *itemsRequest) head(ctx context.Context, w http.ResponseWriter, reader *itemReader, page iter.Seq[int64]) error {
	var counted int64
	err := reader.run(ctx, page, func(_ []byte, count int64) error {
		counted += count
		return nil
	})
	if err != nil {
		return err
	}
	setCount(w.Header(), counted)
	w.WriteHeader(http.StatusOK)
	return nil
}

// cutOff ends a body. When something is wrong after the headers have left, the
// connection is cut, so that nobody takes the part for the whole. A client that
// has seen enough is no reason for a warning.
func (h *Handler) cutOff(reader *itemReader, err error, body *heldBody) error {
	if err != nil && body.started {
		if !body.left && !errors.Is(err, context.Canceled) {
			h.Log.Warn("items cut off", "dataset", reader.label, "error", err)
		}
		err = errCutOff{err}
	}
	return err
}

// errCutOff is an error behind which no answer can be given any more.
type errCutOff struct{ error }

// closeReader ends a read: with an answer, or by cutting the connection.
func closeReader(w http.ResponseWriter, reader *itemReader, err error) error {
	closeErr := reader.close()
	if _, ok := err.(errCutOff); ok { //nolint:errorlint // made by sendItems, never wrapped
		panic(http.ErrAbortHandler)
	}
	if err != nil {
		return clearing(w, err)
	}
	return closeErr
}

// fill streams items as JSON.
func (b *itemsBody) fill(ctx context.Context, reader *itemReader, page iter.Seq[int64]) error {
	if err := reader.run(ctx, page, b.write); err != nil {
		return err
	}
	return b.finish()
}

// clearing takes back headers that do not go with an error.
func clearing(w http.ResponseWriter, err error) error {
	for _, name := range []string{"Offset", "Limit", "Count", "Total", "Desc"} {
		w.Header().Del("X-Apify-Pagination-" + name)
	}
	w.Header().Del("Content-Disposition")
	return err
}

func (a *itemsRequest) setHeaders(header http.Header, found *directory.Storage, total int64) {
	header.Set("X-Apify-Pagination-Offset", strconv.FormatInt(a.offset, 10))
	header.Set("X-Apify-Pagination-Limit", strconv.FormatInt(a.limit, 10))
	header.Set("X-Apify-Pagination-Total", strconv.FormatInt(total, 10))
	header.Set("X-Apify-Pagination-Desc", strconv.FormatBool(a.descending))
	mediaType, ending := "application/json", "json"
	if a.transformation.Lines {
		mediaType, ending = "application/jsonl", "jsonl"
	}
	if a.file != nil {
		mediaType, ending = a.file.format.MediaType, a.file.format.Extension
	}
	if a.file == nil || !a.file.format.Binary {
		mediaType += "; charset=utf-8"
	}
	header.Set("Content-Type", mediaType)
	if a.attachment {
		header.Set("Content-Disposition", `attachment; filename="dataset_`+found.ID+"."+ending+`"`)
	}
}

func setCount(header http.Header, count int64) {
	header.Set("X-Apify-Pagination-Count", strconv.FormatInt(count, 10))
}

// heldBody writes the body of an answer. The first part is held back: what
// fits into it can still become an error answer, and gets a Content-Length.
type heldBody struct {
	w       http.ResponseWriter
	held    []byte
	started bool // the headers have left
	left    bool // the client has, before the body's end
}

const heldBytes = 1 << 20

func (b *heldBody) Write(p []byte) (int, error) {
	if b.started {
		return len(p), b.send(p)
	}
	needed := len(b.held) + len(p)
	if needed >= heldBytes {
		b.start()
		if err := b.send(b.held); err != nil {
			return 0, err
		}
		return len(p), b.send(p)
	}
	if needed > heldBytes/16 && needed > cap(b.held) {
		b.held = slices.Grow(b.held, heldBytes-len(b.held)) // it will fill up
	}
	b.held = append(b.held, p...)
	return len(p), nil
}

func (b *heldBody) send(p []byte) error {
	err := writeAll(b.w, p)
	b.left = b.left || err != nil
	return err
}

func (b *heldBody) start() {
	b.started = true
	b.w.WriteHeader(http.StatusOK)
}

// Commit sends what was held back.
func (b *heldBody) Commit() error {
	if b.started {
		return nil
	}
	b.w.Header().Set("Content-Length", strconv.Itoa(len(b.held)))
	b.start()
	return b.send(b.held)
}

// Abort does nothing: what to do depends on whether the body has started.
func (*heldBody) Abort() error { return nil }

// itemsBody is a body of items as JSON, which gets a count if it was held back.
type itemsBody struct {
	heldBody
	lines bool
	count int64
	some  bool // an item was written
}

// write takes items as transformation.put leaves them.
func (b *itemsBody) write(items []byte, count int64) error {
	if len(items) == 0 {
		return nil
	}
	b.count += count
	if !b.lines && !b.some {
		items[0] = '[' // instead of the comma
	}
	b.some = true
	return writeAll(b, items)
}

func (b *itemsBody) finish() error {
	end := ""
	switch {
	case b.lines:
	case b.some:
		end = "]"
	default:
		end = "[]"
	}
	if err := writeAll(b, []byte(end)); err != nil {
		return err
	}
	if !b.started {
		setCount(b.w.Header(), b.count)
	}
	return b.Commit()
}

func writeAll(w io.Writer, p []byte) error {
	_, err := w.Write(p)
	return err
}

// readTransformation reads the parameters of a request.
func readTransformation(q *wire.Query) *transform.Transformation {
	clean := q.Flag("clean")
	t := &transform.Transformation{
		Fields: q.Names("fields"), OutputFields: q.Names("outputFields"), Omit: q.Names("omit"),
		Unwind: q.Names("unwind"), Flatten: q.Names("flatten"),
		SkipHidden: q.Flag("skipHidden") || clean, SkipEmpty: q.Flag("skipEmpty") || clean,
		SkipFailedPages: q.Flag("skipFailedPages"),
	}
	if q.Flag("simplified") {
		t.Fields, t.Unwind = []string{"url", "pageFunctionResult", "errorInfo"}, []string{"pageFunctionResult"}
	}
	if len(t.OutputFields) > 0 && len(t.OutputFields) != len(t.Fields) {
		q.Fail("outputFields", "as many names as there are in fields")
	}
	return t.Prepare()
}
