package s3

import (
	"cmp"
	"context"
	"crypto/md5" //nolint:gosec // what S3 has for a checksum
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/apifyctl/apifyctl/internal/sink/object"
)

// partsAtOnce is how many parts are under way.
const partsAtOnce = 4

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
	parts map[int32]types.CompletedPart
	there map[int32]types.Part // of the upload that this goes on with
}

// Begin starts a multipart upload, or goes on with one.
func (s *Store) Begin(ctx context.Context, key string, o object.Options) (object.Upload, error) {
	u := &upload{Store: s, key: key, options: o, own: strings.ToLower(rand.Text()), plain: s.plainSum, parts: map[int32]types.CompletedPart{}}
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
	input := &s3.CreateMultipartUploadInput{
		Bucket: &u.bucket, Key: &u.key, ContentType: mediaType(u.options),
		Metadata: map[string]string{object.MetaUpload: u.own},
	}
	if !u.plain {
		input.ChecksumAlgorithm, input.ChecksumType = types.ChecksumAlgorithmCrc32c, types.ChecksumTypeFullObject
	}
	return u.do(ctx, func() error {
		output, err := u.client().CreateMultipartUpload(ctx, input)
		if err == nil {
			u.id = aws.ToString(output.UploadId)
		}
		return err
	})
}

func mediaType(o object.Options) *string {
	if o.MediaType == "" {
		return nil
	}
	return &o.MediaType
}

// resume finds the newest upload that was left behind, and its parts.
func (u *upload) resume(ctx context.Context) (bool, error) {
	newest, err := u.newest(ctx)
	if err != nil || newest == nil {
		return false, err
	}
	u.own = ""
	u.id, u.plain = aws.ToString(newest.UploadId), newest.ChecksumAlgorithm != types.ChecksumAlgorithmCrc32c
	u.left, u.resumed = &object.Left{Size: 0}, true
	u.left.Began = aws.ToTime(newest.Initiated)
	u.there = map[int32]types.Part{}
	return true, u.eachPart(ctx, func(part types.Part) {
		u.there[aws.ToInt32(part.PartNumber)] = part
		u.left.Size += aws.ToInt64(part.Size)
	})
}

// newest is the upload to the same key that was begun last, other than this one;
// nil for none.
func (u *upload) newest(ctx context.Context) (*types.MultipartUpload, error) {
	var newest *types.MultipartUpload
	pages := s3.NewListMultipartUploadsPaginator(u.client(), &s3.ListMultipartUploadsInput{Bucket: &u.bucket, Prefix: &u.key})
	for pages.HasMorePages() {
		var page *s3.ListMultipartUploadsOutput
		err := u.do(ctx, func() (err error) {
			page, err = pages.NextPage(ctx)
			return err
		})
		if err != nil {
			return nil, err
		}
		for _, each := range page.Uploads {
			if aws.ToString(each.Key) != u.key || aws.ToString(each.UploadId) == u.id {
				continue
			}
			if newest == nil || !aws.ToTime(each.Initiated).Before(aws.ToTime(newest.Initiated)) {
				newest = &each
			}
		}
	}
	return newest, nil
}

func (u *upload) about(ctx context.Context, other *types.MultipartUpload) *object.Left {
	left := &object.Left{Began: aws.ToTime(other.Initiated)}
	of := &upload{Store: u.Store, key: u.key, id: aws.ToString(other.UploadId)}
	if err := of.eachPart(ctx, func(part types.Part) { left.Size += aws.ToInt64(part.Size) }); err != nil {
		left.Size = -1
	}
	return left
}

func (u *upload) eachPart(ctx context.Context, use func(types.Part)) error {
	pages := s3.NewListPartsPaginator(u.client(), &s3.ListPartsInput{Bucket: &u.bucket, Key: &u.key, UploadId: &u.id})
	for pages.HasMorePages() {
		var page *s3.ListPartsOutput
		err := u.do(ctx, func() (err error) {
			page, err = pages.NextPage(ctx)
			return err
		})
		if err != nil {
			return err
		}
		for _, part := range page.Parts {
			use(part)
		}
	}
	return nil
}

func (u *upload) Traits() object.Traits {
	return object.Traits{AtOnce: partsAtOnce, Hash: true, Left: u.left, Resumed: u.resumed}
}

// sums are the checksums that go with a body.
func (u *upload) sums(p object.Part) (crc, digest *string, err error) {
	if u.plain {
		sum, err := object.MD5(p)
		return nil, aws.String(base64.StdEncoding.EncodeToString(sum)), err
	}
	return aws.String(crcText(p.CRC32C)), nil, nil
}

func crcText(sum uint32) string {
	return base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint32(nil, sum))
}

func (u *upload) Part(ctx context.Context, p object.Part) error {
	if err := u.begun(ctx); err != nil {
		return err
	}
	number := int32(p.Number) //nolint:gosec // up to object.MaxParts
	crc, digest, err := u.sums(p)
	if err != nil {
		return err
	}
	done := types.CompletedPart{PartNumber: &number, ChecksumCRC32C: crc}
	if same, err := u.same(number, p); err != nil {
		return err
	} else if same {
		done.ETag = u.there[number].ETag
		u.note(done)
		return nil
	}
	err = u.do(ctx, func() error {
		output, err := u.client().UploadPart(ctx, &s3.UploadPartInput{
			Bucket: &u.bucket, Key: &u.key, UploadId: &u.id, PartNumber: &number,
			Body: p.Reader(), ContentLength: &p.Size, ChecksumCRC32C: crc, ContentMD5: digest,
		}, u.unsigned)
		if err == nil {
			done.ETag = output.ETag
		}
		return err
	})
	if err == nil {
		u.note(done)
	}
	return err
}

func (u *upload) note(done types.CompletedPart) {
	u.mutex.Lock()
	defer u.mutex.Unlock()
	u.parts[*done.PartNumber] = done
}

// same tells that a part was sent before and needs not be sent again.
func (u *upload) same(number int32, p object.Part) (bool, error) {
	known, ok := u.there[number]
	if !ok || aws.ToInt64(known.Size) != p.Size {
		return false, nil
	}
	if known.ChecksumCRC32C != nil {
		return *known.ChecksumCRC32C == crcText(p.CRC32C), nil
	}
	sum, err := object.MD5(p)
	return strings.Trim(aws.ToString(known.ETag), `"`) == hex.EncodeToString(sum), err
}

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
	crc, digest, err := u.sums(only)
	if err != nil {
		return err
	}
	err = u.retries.Settle(ctx, func() error {
		_, err := u.client().PutObject(ctx, &s3.PutObjectInput{
			Bucket: &u.bucket, Key: &u.key, ContentType: mediaType(u.options), Metadata: whole.Metadata(u.own), IfNoneMatch: u.condition(),
			Body: only.Reader(), ContentLength: &only.Size, ChecksumCRC32C: crc, ContentMD5: digest,
		}, u.unsigned)
		return explained(err)
	}, func() (bool, error) { return u.landed(ctx, whole, "") })
	if err != nil {
		return err
	}
	// The object is there; an upload without parts takes no room.
	_ = u.Abort(ctx)
	return nil
}

func (u *upload) condition() *string {
	if u.options.NoClobber {
		return aws.String("*")
	}
	return nil
}

// complete has the parts become the object.
func (u *upload) complete(ctx context.Context, whole object.Whole) error {
	parts := make([]types.CompletedPart, 0, len(u.parts))
	for _, part := range u.parts {
		parts = append(parts, part)
	}
	slices.SortFunc(parts, func(a, b types.CompletedPart) int { return cmp.Compare(*a.PartNumber, *b.PartNumber) })
	if len(parts) != whole.Parts {
		return fmt.Errorf("%d of %d parts were sent", len(parts), whole.Parts)
	}
	input := &s3.CompleteMultipartUploadInput{
		Bucket: &u.bucket, Key: &u.key, UploadId: &u.id, IfNoneMatch: u.condition(),
		MultipartUpload: &types.CompletedMultipartUpload{Parts: parts},
	}
	if !u.plain {
		input.ChecksumCRC32C, input.ChecksumType, input.MpuObjectSize = aws.String(crcText(whole.CRC32C)), types.ChecksumTypeFullObject, &whole.Size
	}
	tag := compositeTag(parts)
	err := u.retries.Settle(ctx, func() error {
		_, err := u.client().CompleteMultipartUpload(ctx, input)
		return explained(err)
	}, func() (bool, error) { return u.completed(ctx, whole, tag) })
	if err != nil {
		return err
	}
	u.describe(ctx, whole)
	if !u.plain {
		return nil
	}
	// A store without checksums is asked what it has.
	head, err := u.head(ctx, u.key)
	if err == nil && aws.ToInt64(head.ContentLength) != whole.Size {
		err = &object.Error{Kind: object.Failed, Problem: fmt.Sprintf("%d bytes were sent, and the store has %d", whole.Size, aws.ToInt64(head.ContentLength))}
	}
	return err
}

// describe tags the object with what was not known when its upload began. The mark,
// which is in the metadata too, tells that tags and object belong together, since
// another writer may have replaced it meanwhile. The object is whole without: who may
// not tag (s3:PutObjectTagging), or a store that has no tags, does without.
func (u *upload) describe(ctx context.Context, whole object.Whole) {
	if u.own == "" {
		return // begun by another process, whose mark it bears
	}
	var tags []types.Tag
	for name, value := range whole.Metadata(u.own) {
		tags = append(tags, types.Tag{Key: &name, Value: &value})
	}
	_ = u.retries.Briefly().Do(ctx, func() error {
		_, err := u.client().PutObjectTagging(ctx, &s3.PutObjectTaggingInput{Bucket: &u.bucket, Key: &u.key, Tagging: &types.Tagging{TagSet: tags}})
		return explained(err)
	})
}

// completed finds out whether the upload has become the object: only if it is gone
// can it have.
func (u *upload) completed(ctx context.Context, whole object.Whole, tag string) (bool, error) {
	err := u.do(ctx, func() error {
		_, err := u.client().ListParts(ctx, &s3.ListPartsInput{Bucket: &u.bucket, Key: &u.key, UploadId: &u.id, MaxParts: aws.Int32(1)})
		return err
	})
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
	head, err := u.head(ctx, u.key)
	switch {
	case object.Missing.Is(err):
		return false, nil
	case err != nil:
		return false, err
	case aws.ToInt64(head.ContentLength) != whole.Size:
		return false, nil
	case u.own != "":
		return head.Metadata[object.MetaUpload] == u.own, nil
	case head.ChecksumCRC32C != nil && head.ChecksumType == types.ChecksumTypeFullObject:
		return *head.ChecksumCRC32C == crcText(whole.CRC32C), nil
	}
	return tag != "" && strings.Trim(aws.ToString(head.ETag), `"`) == tag, nil
}

// compositeTag is the ETag of an object of several parts: the MD5 of theirs.
func compositeTag(parts []types.CompletedPart) string {
	sum := md5.New() //nolint:gosec // what S3 makes ETags of
	for _, part := range parts {
		raw, err := hex.DecodeString(strings.Trim(aws.ToString(part.ETag), `"`))
		if err != nil {
			return ""
		}
		_, _ = sum.Write(raw)
	}
	return fmt.Sprintf("%x-%d", sum.Sum(nil), len(parts))
}

// Abort has the store forget the parts.
func (u *upload) Abort(ctx context.Context) error {
	if u.id == "" {
		return nil
	}
	err := u.do(ctx, func() error {
		_, err := u.client().AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{Bucket: &u.bucket, Key: &u.key, UploadId: &u.id})
		return err
	})
	if object.Missing.Is(err) {
		return nil
	}
	return err
}
