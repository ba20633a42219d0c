package s3

import (
	"cmp"
	"context"
	"crypto/md5" //nolint:gosec // what S3 has for a checksum
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

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
