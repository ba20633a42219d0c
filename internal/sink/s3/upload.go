package s3

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/apifyctl/apifyctl/internal/sink/object"
)

// partsAtOnce is how many parts are under way.
const partsAtOnce = 4

// How checksums are told: CRC32C, of the whole object.
const (
	headerCRC  = "X-Amz-Checksum-Crc32c"
	fullObject = "FULL_OBJECT"
)

// upload is a multipart upload. An object of one part is put as a whole instead,
// since then all of its metadata is known; the multipart upload has shown by then
// that it may be.
type upload struct {
	*Store
	key     string
	options object.Options
	id      string // of the multipart upload
	plain   bool   // Content-MD5 and nothing newer
	own     string // our mark in the metadata; "" where the upload was begun by another process
	left    *object.Left
	resumed bool

	beginning sync.Mutex

	mutex sync.Mutex
	parts map[int]sent
	there map[int]listed // of the upload that this goes on with
}

// sent is a part as the request that completes an upload names it.
type sent struct {
	CRC    string `xml:"ChecksumCRC32C,omitempty"`
	Tag    string `xml:"ETag"`
	Number int    `xml:"PartNumber"`
}

// listed is a part that the store has.
type listed struct {
	Number int    `xml:"PartNumber"`
	Size   int64  `xml:"Size"`
	Tag    string `xml:"ETag"`
	CRC    string `xml:"ChecksumCRC32C"`
}

// unfinished is an upload that the store knows of.
type unfinished struct {
	Key       string
	ID        string `xml:"UploadId"`
	Algorithm string `xml:"ChecksumAlgorithm"`
	Initiated string
}

func (o unfinished) began() time.Time {
	began, err := time.Parse(time.RFC3339, o.Initiated)
	if err != nil {
		return time.Time{}
	}
	return began
}

// Begin starts a multipart upload, or goes on with one.
func (s *Store) Begin(ctx context.Context, key string, o object.Options) (object.Upload, error) {
	u := &upload{Store: s, key: key, options: o, own: strings.ToLower(rand.Text()), plain: s.plainSum, parts: map[int]sent{}}
	if o.Resume {
		found, err := u.resume(ctx)
		if err != nil || found {
			return u, err
		}
	}
	if o.Sure {
		return u, nil // as a whole, or begun with the first part
	}
	if err := u.begin(ctx); err != nil {
		return nil, err
	}
	if !o.Resume {
		if left, err := u.newest(ctx); err == nil && left != nil { // listing may not be allowed
			u.left = u.about(ctx, left)
		}
	}
	return u, nil
}

// begun begins what Begin has not.
func (u *upload) begun(ctx context.Context) error {
	u.beginning.Lock()
	defer u.beginning.Unlock()
	if u.id != "" {
		return nil
	}
	return u.begin(ctx)
}

func (u *upload) begin(ctx context.Context) error {
	err := u.create(ctx)
	if !u.plain && (object.Mistaken.Is(err) || refused(err)) {
		u.plain = true // an S3 that knows no checksums
		err = u.create(ctx)
	}
	return err
}

func refused(err error) bool {
	e, ok := errors.AsType[*object.Error](err)
	return ok && e.Code == "NotImplemented"
}

func (u *upload) create(ctx context.Context) error {
	r := request{method: http.MethodPost, key: u.key, query: url.Values{"uploads": {""}}, header: u.header(map[string]string{object.MetaUpload: u.own}), answer: "InitiateMultipartUpload"}
	if !u.plain {
		r.header.Set("X-Amz-Checksum-Algorithm", "CRC32C")
		r.header.Set("X-Amz-Checksum-Type", fullObject)
	}
	var answer struct {
		ID string `xml:"UploadId"`
	}
	_, err := u.call(ctx, r, &answer)
	if err == nil && answer.ID == "" {
		err = &object.Error{Kind: object.Failed, Problem: "the store begins an upload and does not name it"}
	}
	u.id = answer.ID
	return err
}

// header is what an object keeps beside its bytes.
func (u *upload) header(metadata map[string]string) http.Header {
	header := http.Header{}
	for name, value := range metadata {
		header.Set("X-Amz-Meta-"+name, value)
	}
	header.Set("Content-Type", cmp.Or(u.options.MediaType, "application/octet-stream"))
	return header
}

// resume finds the newest upload that was left behind, and its parts.
func (u *upload) resume(ctx context.Context) (bool, error) {
	newest, err := u.newest(ctx)
	if err != nil || newest == nil {
		return false, err
	}
	u.own = ""
	u.id, u.plain = newest.ID, newest.Algorithm != "CRC32C"
	u.left, u.resumed = &object.Left{Began: newest.began()}, true
	u.there = map[int]listed{}
	return true, u.eachPart(ctx, func(part listed) {
		u.there[part.Number] = part
		u.left.Size += part.Size
	})
}

// newest is the upload to the same key that was begun last, other than this one;
// nil for none.
func (u *upload) newest(ctx context.Context) (*unfinished, error) {
	var newest *unfinished
	query := url.Values{"uploads": {""}, "prefix": {u.key}}
	for {
		var page struct {
			Upload             []unfinished
			IsTruncated        bool
			NextKeyMarker      string
			NextUploadIDMarker string `xml:"NextUploadIdMarker"`
		}
		if _, err := u.call(ctx, request{method: http.MethodGet, query: query, answer: "ListMultipartUploads"}, &page); err != nil {
			return nil, err
		}
		for _, each := range page.Upload {
			if each.Key == u.key && each.ID != u.id && (newest == nil || !each.began().Before(newest.began())) {
				newest = &each
			}
		}
		if !page.IsTruncated || page.NextKeyMarker == "" {
			return newest, nil
		}
		query.Set("key-marker", page.NextKeyMarker)
		if page.NextUploadIDMarker != "" {
			query.Set("upload-id-marker", page.NextUploadIDMarker)
		}
	}
}

func (u *upload) about(ctx context.Context, other *unfinished) *object.Left {
	left := &object.Left{Began: other.began()}
	of := &upload{Store: u.Store, key: u.key, id: other.ID}
	if err := of.eachPart(ctx, func(part listed) { left.Size += part.Size }); err != nil {
		left.Size = -1
	}
	return left
}

func (u *upload) eachPart(ctx context.Context, use func(listed)) error {
	query := url.Values{"uploadId": {u.id}}
	for {
		page, err := u.partsPage(ctx, query)
		if err != nil {
			return err
		}
		for _, part := range page.Part {
			use(part)
		}
		if !page.IsTruncated || page.Next == "" {
			return nil
		}
		query.Set("part-number-marker", page.Next)
	}
}

// partsPage is a page of the parts that the store has.
type partsPage struct {
	Part        []listed
	IsTruncated bool
	Next        string `xml:"NextPartNumberMarker"`
}

func (u *upload) partsPage(ctx context.Context, query url.Values) (page partsPage, err error) {
	_, err = u.call(ctx, request{method: http.MethodGet, key: u.key, query: query, answer: "ListParts"}, &page)
	return page, err
}

func (u *upload) Traits() object.Traits {
	return object.Traits{AtOnce: partsAtOnce, Hash: true, Left: u.left, Resumed: u.resumed}
}

// sign adds the checksum that goes with a body.
func (u *upload) sign(header http.Header, p object.Part) error {
	if !u.plain {
		header.Set(headerCRC, object.CRCText(p.CRC32C))
		return nil
	}
	sum, err := object.MD5(p)
	header.Set("Content-Md5", base64.StdEncoding.EncodeToString(sum))
	return err
}

func (u *upload) Part(ctx context.Context, p object.Part) error {
	if err := u.begun(ctx); err != nil {
		return err
	}
	done := sent{Number: p.Number}
	if !u.plain {
		done.CRC = object.CRCText(p.CRC32C)
	}
	if same, err := u.same(p); err != nil {
		return err
	} else if same {
		done.Tag = u.there[p.Number].Tag
		u.note(done)
		return nil
	}
	r := request{
		method: http.MethodPut, key: u.key, query: url.Values{"partNumber": {strconv.Itoa(p.Number)}, "uploadId": {u.id}},
		header: http.Header{}, part: &p,
	}
	if err := u.sign(r.header, p); err != nil {
		return err
	}
	header, err := u.call(ctx, r, nil)
	if err != nil {
		return err
	}
	done.Tag = header.Get("Etag")
	u.note(done)
	return nil
}

func (u *upload) note(done sent) {
	u.mutex.Lock()
	defer u.mutex.Unlock()
	u.parts[done.Number] = done
}

// same tells that a part was sent before and needs not be sent again.
func (u *upload) same(p object.Part) (bool, error) {
	known, ok := u.there[p.Number]
	if !ok || known.Size != p.Size {
		return false, nil
	}
	if known.CRC != "" {
		return known.CRC == object.CRCText(p.CRC32C), nil
	}
	sum, err := object.MD5(p)
	return withoutQuotes(known.Tag) == hex.EncodeToString(sum), err
}

// Abort has the store forget the parts.
func (u *upload) Abort(ctx context.Context) error {
	if u.id == "" {
		return nil
	}
	_, err := u.call(ctx, request{method: http.MethodDelete, key: u.key, query: url.Values{"uploadId": {u.id}}}, nil)
	if object.Missing.Is(err) {
		return nil
	}
	return err
}
