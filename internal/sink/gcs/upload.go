package gcs

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"strconv"
	"strings"

	"github.com/apifyctl/apifyctl/internal/sink/object"
)

// upload is a resumable upload: a session that takes an object from its start to its
// end. Whoever knows the session's address may write to it, so that is kept nowhere.
// An object of one part is put as a whole instead, since then all of its metadata is
// known; the session has shown by then that it may be.
type upload struct {
	*Store
	key     string
	options object.Options
	own     string // our mark in the metadata
	session string
	offset  int64  // what the session has
	sent    int64  // where the next part begins
	whole   uint32 // CRC32C of the whole, once it is known
	mark    mark
	left    *object.Left
}

// Begin starts a session.
func (s *Store) Begin(ctx context.Context, key string, o object.Options) (object.Upload, error) {
	u := &upload{Store: s, key: key, options: o, own: strings.ToLower(rand.Text()), mark: markOf(s.stateDir, s.bucket, key)}
	if o.Sure {
		return u, nil // as a whole, or begun with the first part
	}
	return u, u.begin(ctx)
}

func (u *upload) begin(ctx context.Context) error {
	text, err := json.Marshal(u.resource(map[string]string{object.MetaUpload: u.own}))
	if err != nil {
		return err
	}
	err = u.retries.Do(ctx, func() error {
		answer, err := u.call(ctx, request{
			method: http.MethodPost, url: u.address("resumable"), body: bytes.NewReader(text), length: int64(len(text)),
			header: http.Header{"Content-Type": {"application/json; charset=utf-8"}},
		}, nil)
		if err != nil {
			return err
		}
		u.session, err = u.sessionAt(answer.header.Get("Location"))
		return err
	})
	if err != nil {
		return err
	}
	if u.left = u.mark.set(); u.options.Resume {
		u.left = nil // it begins anew
	}
	return nil
}

// sessionAt is a session's address, at the host that we were told of.
func (s *Store) sessionAt(location string) (string, error) {
	parsed, err := url.Parse(location)
	if err != nil || location == "" {
		return "", &object.Error{Kind: object.Silent, Problem: "the store's answer names no session"}
	}
	return s.base + parsed.RequestURI(), nil
}

func (u *upload) resource(metadata map[string]string) map[string]any {
	r := map[string]any{"name": u.key, "metadata": metadata}
	if u.options.MediaType != "" {
		r["contentType"] = u.options.MediaType
	}
	return r
}

func (u *upload) address(kind string) string {
	query := url.Values{"uploadType": {kind}, "name": {u.key}}
	if u.options.NoClobber {
		query.Set("ifGenerationMatch", "0")
	}
	return u.base + "/upload/storage/v1/b/" + url.PathEscape(u.bucket) + "/o?" + query.Encode()
}

func (u *upload) Traits() object.Traits { return object.Traits{AtOnce: 1, Hash: true, Left: u.left} }

// Part sends a part; parts come in order.
func (u *upload) Part(ctx context.Context, p object.Part) error {
	if u.session == "" {
		if err := u.begin(ctx); err != nil {
			return err
		}
	}
	start := u.sent
	u.sent += p.Size
	sure := true // the session has what offset says
	var done *resource
	err := u.retries.Do(ctx, func() (err error) {
		if !sure {
			if done, err = u.ask(ctx, "*"); err != nil || done != nil {
				return err
			}
		}
		sure = false
		for u.offset < u.sent && done == nil {
			before := u.offset
			if done, err = u.send(ctx, p, start, "*"); err != nil {
				return err
			}
			if u.offset == before && done == nil {
				return &object.Error{Kind: object.Busy, Problem: "the store takes nothing more"}
			}
		}
		return nil
	})
	if done != nil || object.Missing.Is(err) {
		return u.ended(ctx)
	}
	return err
}

// ended is the error of a session that has ended before its last part. An object that
// the store has made of it is half of one, and removed.
func (u *upload) ended(ctx context.Context) error {
	var half *resource
	if there, err := u.landed(ctx, &half); err == nil && there {
		return u.remove(ctx, *half, "the store has ended the upload before its last part")
	}
	return &object.Error{Kind: object.Failed, Problem: "the store has dropped the upload"}
}

// Commit sends the last part with the size of the whole, which ends the session.
func (u *upload) Commit(ctx context.Context, last object.Part, whole object.Whole) error {
	if whole.Parts == 1 {
		if err := u.putWhole(ctx, last, whole); err != nil {
			return err
		}
		_ = u.Abort(ctx) // the object is there; a session that took nothing takes no room
		return nil
	}
	u.whole = whole.CRC32C
	start, total := u.sent, strconv.FormatInt(whole.Size, 10)
	var done *resource
	err := u.retries.Settle(ctx, func() (err error) {
		for done == nil && err == nil {
			before := u.offset
			if done, err = u.send(ctx, last, start, total); err == nil && done == nil && u.offset <= before {
				err = &object.Error{Kind: object.Busy, Problem: "the store takes nothing more"}
			}
		}
		return err
	}, func() (landed bool, err error) {
		done, err = u.ask(ctx, total)
		if object.Missing.Is(err) {
			return u.landed(ctx, &done)
		}
		return done != nil, err
	})
	if err != nil {
		return err
	}
	u.mark.remove()
	if err := u.verify(ctx, *done, whole); err != nil {
		return err
	}
	u.describe(ctx, *done, whole)
	return nil
}

// describe adds what was not known when the session began to the object's metadata, in
// this very version of it. The object is whole without: who may only make objects
// (objectCreator) is refused, and that is all.
func (u *upload) describe(ctx context.Context, done resource, whole object.Whole) {
	text, err := json.Marshal(map[string]any{"metadata": whole.Metadata(u.own)})
	if err != nil || done.Generation == "" {
		return
	}
	_ = u.retries.Briefly().Do(ctx, func() error {
		_, err := u.call(ctx, request{
			method: http.MethodPatch, url: u.object(u.key) + "?ifGenerationMatch=" + url.QueryEscape(done.Generation), body: bytes.NewReader(text), length: int64(len(text)),
			header: http.Header{"Content-Type": {"application/json; charset=utf-8"}},
		}, nil)
		return err
	})
}

// landed looks whether the object that is there is the one that was written.
func (u *upload) landed(ctx context.Context, done **resource) (bool, error) {
	found, err := u.look(ctx, u.key)
	switch {
	case object.Missing.Is(err):
		return false, nil
	case err != nil:
		return false, err
	case found.Metadata[object.MetaUpload] != u.own:
		return false, nil
	}
	*done = &found
	return true, nil
}

// verify holds what the store has against what was sent, and removes it if it is
// something else.
func (u *upload) verify(ctx context.Context, done resource, whole object.Whole) error {
	if done.size() == whole.Size && (done.CRC32C == "" || done.CRC32C == object.CRCText(whole.CRC32C)) {
		return nil
	}
	return u.remove(ctx, done, "what the store has is not what was sent")
}

// remove removes an object that is not what was sent, in this very version of it, and
// returns the problem as an error.
func (u *upload) remove(ctx context.Context, wrong resource, problem string) error {
	failed := &object.Error{Kind: object.Failed, Problem: problem}
	if wrong.Generation == "" {
		failed.Hint = "look what is there"
		return failed
	}
	err := u.retries.Do(ctx, func() error {
		_, err := u.call(ctx, request{method: http.MethodDelete, url: u.object(u.key) + "?ifGenerationMatch=" + url.QueryEscape(wrong.Generation)}, nil)
		return err
	})
	if err != nil && !object.Missing.Is(err) {
		failed.Hint = "remove what is there; that could not be done"
	}
	return failed
}

// putWhole writes an object of one part.
func (u *upload) putWhole(ctx context.Context, only object.Part, whole object.Whole) error {
	r := u.resource(whole.Metadata(u.own))
	r["crc32c"] = object.CRCText(whole.CRC32C)
	facts, err := json.Marshal(r)
	if err != nil {
		return err
	}
	var before bytes.Buffer
	form := multipart.NewWriter(&before)
	part, err := form.CreatePart(textproto.MIMEHeader{"Content-Type": {"application/json; charset=utf-8"}})
	if err != nil {
		return err
	}
	if _, err := part.Write(facts); err != nil {
		return err
	}
	if _, err := form.CreatePart(textproto.MIMEHeader{"Content-Type": {cmp.Or(u.options.MediaType, "application/octet-stream")}}); err != nil {
		return err
	}
	after := "\r\n--" + form.Boundary() + "--\r\n"
	var done *resource
	err = u.retries.Settle(ctx, func() error {
		written := resource{}
		_, err := u.call(ctx, request{
			method: http.MethodPost, url: u.address("multipart"), length: int64(before.Len()) + only.Size + int64(len(after)),
			body:   io.MultiReader(bytes.NewReader(before.Bytes()), only.Reader(), strings.NewReader(after)),
			header: http.Header{"Content-Type": {"multipart/related; boundary=" + form.Boundary()}},
		}, &written)
		done = &written
		return err
	}, func() (bool, error) { return u.landed(ctx, &done) })
	if err != nil {
		return err
	}
	return u.verify(ctx, *done, whole)
}

// statusGone is how a session says that it was cancelled.
const statusGone = 499

// Abort cancels the session.
func (u *upload) Abort(ctx context.Context) error {
	if u.session == "" {
		return nil
	}
	err := u.retries.Do(ctx, func() error {
		_, err := u.call(ctx, request{method: http.MethodDelete, url: u.session}, nil)
		if e, ok := errors.AsType[*object.Error](err); ok && (e.Status == statusGone || e.Status == http.StatusNotFound || e.Status == http.StatusGone) {
			return nil
		}
		return err
	})
	if err == nil {
		u.mark.remove()
	}
	return err
}

// send sends what the session lacks of a part that begins at start. total is the size
// of the whole, or *.
func (u *upload) send(ctx context.Context, p object.Part, start int64, total string) (*resource, error) {
	if u.offset < start || u.offset > start+p.Size {
		return nil, &object.Error{Kind: object.Failed, Problem: "the store has lost what was sent"}
	}
	end := start + p.Size
	span := fmt.Sprintf("bytes %d-%d/%s", u.offset, end-1, total)
	if u.offset == end {
		span = "bytes */" + total
	}
	body := io.NewSectionReader(p.Reader(), u.offset-start, end-u.offset)
	return u.put(ctx, span, body, body.Size(), p, total)
}

// ask finds out what the session has; the resource is that of the object if it is
// complete.
func (u *upload) ask(ctx context.Context, total string) (*resource, error) {
	return u.put(ctx, "bytes */"+total, nil, 0, object.Part{}, "*")
}

func (u *upload) put(ctx context.Context, span string, body io.Reader, length int64, p object.Part, total string) (*resource, error) {
	header := http.Header{"Content-Range": {span}}
	if total != "*" && p.Number > 0 {
		header.Set("X-Goog-Hash", "crc32c="+object.CRCText(u.whole))
	}
	var done resource
	answer, err := u.call(ctx, request{method: http.MethodPut, url: u.session, header: header, body: body, length: length}, &done)
	if err != nil {
		return nil, err
	}
	if answer.status != http.StatusPermanentRedirect {
		return &done, nil
	}
	u.offset = 0
	if _, last, ok := strings.Cut(answer.header.Get("Range"), "-"); ok {
		n, err := strconv.ParseInt(last, 10, 64)
		if err != nil {
			return nil, object.Senseless(0, err)
		}
		u.offset = n + 1
	}
	return nil, nil
}
