package s3

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
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
