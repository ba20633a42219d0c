package s3

import (
	"cmp"
	"context"
	"crypto/md5" //nolint:gosec // what S3 has for a checksum
	"encoding/base64"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/apifyctl/apifyctl/internal/sink/object"
)

func (u *upload) Commit(ctx context.Context, last object.Part, whole object.Whole) error {
	if whole.Parts == 1 && !u.resumed {
		return u.put(ctx, last, whole)
	}
	if err := u.Part(ctx, last); err != nil {
		return err
	}
	return u.complete(ctx, whole)
}

// put writes an object of one part.
func (u *upload) put(ctx context.Context, only object.Part, whole object.Whole) error {
	r := request{method: http.MethodPut, key: u.key, header: u.header(whole.Metadata(u.own)), part: &only}
	if err := u.sign(r.header, only); err != nil {
		return err
	}
	u.condition(r.header)
	err := u.retries.Settle(ctx, func() error {
		_, err := u.once(ctx, r, nil)
		return err
	}, func() (bool, error) { return u.landed(ctx, whole, "") })
	if err != nil {
		return err
	}
	// The object is there; an upload without parts takes no room.
	_ = u.Abort(ctx)
	return nil
}

func (u *upload) condition(header http.Header) {
	if u.options.NoClobber {
		header.Set("If-None-Match", "*")
	}
}

// completion is the body of the request that has parts become an object.
type completion struct {
	XMLName xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ CompleteMultipartUpload"`
	Parts   []sent   `xml:"Part"`
}

// complete has the parts become the object.
func (u *upload) complete(ctx context.Context, whole object.Whole) error {
	parts := slices.SortedFunc(maps.Values(u.parts), func(a, b sent) int { return cmp.Compare(a.Number, b.Number) })
	if len(parts) != whole.Parts {
		return fmt.Errorf("%d of %d parts were sent", len(parts), whole.Parts)
	}
	text, err := xml.Marshal(completion{Parts: parts})
	if err != nil {
		return err
	}
	r := request{method: http.MethodPost, key: u.key, query: url.Values{"uploadId": {u.id}}, header: http.Header{"Content-Type": {"application/xml"}}, text: text, answer: "CompleteMultipartUpload"}
	u.condition(r.header)
	if !u.plain {
		r.header.Set(headerCRC, object.CRCText(whole.CRC32C))
		r.header.Set("X-Amz-Checksum-Type", fullObject)
		r.header.Set("X-Amz-Mp-Object-Size", strconv.FormatInt(whole.Size, 10))
	}
	tag := compositeTag(parts)
	err = u.retries.Settle(ctx, func() error {
		_, err := u.once(ctx, r, &struct{}{})
		return err
	}, func() (bool, error) { return u.completed(ctx, whole, tag) })
	if err != nil {
		return err
	}
	u.describe(ctx, whole)
	if !u.plain {
		return nil
	}
	// A store without checksums is asked what it has.
	found, err := u.head(ctx, u.key)
	if err == nil && found.size != whole.Size {
		err = &object.Error{Kind: object.Failed, Problem: fmt.Sprintf("%d bytes were sent, and the store has %d", whole.Size, found.size)}
	}
	return err
}

// tagging is the body of the request that tags an object.
type tagging struct {
	XMLName xml.Name    `xml:"http://s3.amazonaws.com/doc/2006-03-01/ Tagging"`
	Tags    []objectTag `xml:"TagSet>Tag"`
}

type objectTag struct{ Key, Value string }

// describe tags the object with what was not known when its upload began. The mark,
// which is in the metadata too, tells that tags and object belong together, since
// another writer may have replaced it meanwhile. The object is whole without: who may
// not tag (s3:PutObjectTagging), or a store that has no tags, does without.
func (u *upload) describe(ctx context.Context, whole object.Whole) {
	if u.own == "" {
		return // begun by another process, whose mark it bears
	}
	var tags []objectTag
	for name, value := range whole.Metadata(u.own) {
		tags = append(tags, objectTag{name, value})
	}
	text, err := xml.Marshal(tagging{Tags: tags})
	if err != nil {
		return
	}
	sum := md5.Sum(text) //nolint:gosec // a checksum, no proof; S3 wants one here
	r := request{
		method: http.MethodPut, key: u.key, query: url.Values{"tagging": {""}}, text: text,
		header: http.Header{"Content-Type": {"application/xml"}, "Content-Md5": {base64.StdEncoding.EncodeToString(sum[:])}},
	}
	_ = u.retries.Briefly().Do(ctx, func() error {
		_, err := u.once(ctx, r, nil)
		return err
	})
}

// completed finds out whether the upload has become the object: only if it is gone
// can it have.
func (u *upload) completed(ctx context.Context, whole object.Whole, tag string) (bool, error) {
	_, err := u.partsPage(ctx, url.Values{"uploadId": {u.id}, "max-parts": {"1"}})
	switch {
	case err == nil:
		return false, nil
	case !object.Missing.Is(err):
		return false, err
	}
	return u.landed(ctx, whole, tag)
}

// landed tells whether the object that is there is the one that was written.
func (u *upload) landed(ctx context.Context, whole object.Whole, tag string) (bool, error) {
	found, err := u.head(ctx, u.key)
	switch {
	case object.Missing.Is(err):
		return false, nil
	case err != nil:
		return false, err
	case found.size != whole.Size:
		return false, nil
	case u.own != "":
		return found.upload == u.own, nil
	case found.crc != "":
		return found.crc == object.CRCText(whole.CRC32C), nil
	}
	return tag != "" && found.tag == tag, nil
}

// compositeTag is the ETag of an object of several parts: the MD5 of theirs.
func compositeTag(parts []sent) string {
	sum := md5.New() //nolint:gosec // what S3 makes ETags of
	for _, part := range parts {
		raw, err := hex.DecodeString(withoutQuotes(part.Tag))
		if err != nil {
			return ""
		}
		_, _ = sum.Write(raw)
	}
	return fmt.Sprintf("%x-%d", sum.Sum(nil), len(parts))
}
