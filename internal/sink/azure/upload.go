package azure

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"

	"github.com/apifyctl/apifyctl/internal/sink/object"
)

// partsAtOnce is how many blocks are under way.
const partsAtOnce = 4

// upload is a list of blocks, of which nobody sees anything before the list is put.
// Azure drops blocks that are in no list after a week, or when the blob is written;
// there is no call for it.
type upload struct {
	*Store
	blob    *blockblob.Client
	key     string
	options object.Options
	id      string // of the upload: a part of the names of its blocks
	own     string // our mark in the metadata
	left    *object.Left
	resumed bool

	mutex sync.Mutex
	names map[int]string
	there map[string]int64 // sizes of the blocks of the upload that this goes on with
}

// Begin sends a block of one byte, which is in no list: that it may be written is
// known then.
func (s *Store) Begin(ctx context.Context, key string, o object.Options) (object.Upload, error) {
	u := &upload{Store: s, key: key, options: o, blob: s.container.NewBlockBlobClient(key), own: random(), id: random(), names: map[int]string{}}
	if o.Sure {
		return u, nil
	}
	found, err := u.uncommitted(ctx)
	if err != nil && !object.Missing.Is(err) && !object.Denied.Is(err) { // reading may not be allowed
		return nil, err
	}
	if newest := largest(found); newest != "" {
		u.left = &object.Left{Size: found[newest].size}
		if o.Resume {
			u.id, u.resumed, u.there = newest, true, found[newest].blocks
		}
	}
	err = u.retries.Do(ctx, func() error {
		_, err := u.blob.StageBlock(ctx, blockName(u.id, 0, 0), streaming.NopCloser(strings.NewReader("-")), nil)
		return explained(err)
	})
	return u, err
}

const idLength = 16

func random() string { return strings.ToLower(rand.Text())[:idLength] }

// blockName is the name of a part's block. The same name means the same bytes. All
// names of a blob have the same length.
func blockName(id string, number int, sum uint32) string {
	return base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "apifyctl-%s-%05d-%08x", id, number, sum))
}

// blocks are those of one upload.
type blocks struct {
	size   int64
	blocks map[string]int64
}

// uncommitted are the blocks of uploads to the same key that were left behind, by the
// upload's ID.
func (u *upload) uncommitted(ctx context.Context) (map[string]*blocks, error) {
	var list blockblob.GetBlockListResponse
	err := u.retries.Do(ctx, func() (err error) {
		list, err = u.blob.GetBlockList(ctx, blockblob.BlockListTypeUncommitted, nil)
		return explained(err)
	})
	found := map[string]*blocks{}
	for _, block := range list.UncommittedBlocks {
		text, err := base64.StdEncoding.DecodeString(*block.Name)
		fields := strings.Split(string(text), "-")
		if err != nil || len(fields) != 4 || fields[0] != "apifyctl" || len(fields[1]) != idLength {
			continue
		}
		if found[fields[1]] == nil {
			found[fields[1]] = &blocks{blocks: map[string]int64{}}
		}
		if number, err := strconv.Atoi(fields[2]); err == nil && number > 0 {
			found[fields[1]].size += number64(block.Size)
			found[fields[1]].blocks[*block.Name] = number64(block.Size)
		}
	}
	return found, err
}

func number64(n *int64) int64 { return max(0, number(n)) }

// largest is the upload that has come the furthest: Azure does not tell their times.
func largest(found map[string]*blocks) (id string) {
	for each, b := range found {
		if id == "" || b.size > found[id].size || b.size == found[id].size && each < id {
			id = each
		}
	}
	return id
}

func (u *upload) Traits() object.Traits {
	return object.Traits{AtOnce: partsAtOnce, Hash: true, Left: u.left, Resumed: u.resumed}
}

func (u *upload) Part(ctx context.Context, p object.Part) error {
	name := blockName(u.id, p.Number, p.CRC32C)
	u.mutex.Lock()
	u.names[p.Number] = name
	size, there := u.there[name]
	u.mutex.Unlock()
	if there && size == p.Size {
		return nil
	}
	sum, err := object.MD5(p)
	if err != nil {
		return err
	}
	return u.retries.Do(ctx, func() error {
		_, err := u.blob.StageBlock(ctx, name, streaming.NopCloser(p.Reader()), &blockblob.StageBlockOptions{TransactionalValidation: blob.TransferValidationTypeMD5(sum)})
		return explained(err)
	})
}

func (u *upload) Commit(ctx context.Context, last object.Part, whole object.Whole) error {
	metadata := map[string]*string{}
	for name, value := range whole.Metadata(u.own) {
		metadata[metaName(name)] = &value
	}
	headers := &blob.HTTPHeaders{}
	if u.options.MediaType != "" {
		headers.BlobContentType = &u.options.MediaType
	}
	var conditions *blob.AccessConditions
	if u.options.NoClobber {
		conditions = &blob.AccessConditions{ModifiedAccessConditions: &blob.ModifiedAccessConditions{IfNoneMatch: new(azcore.ETagAny)}}
	}
	if last.Size > 0 { // no block can be empty, but a list may be
		if err := u.Part(ctx, last); err != nil {
			return err
		}
	}
	list := make([]string, len(u.names))
	for number, name := range u.names {
		list[number-1] = name
	}
	return u.retries.Settle(ctx, func() error {
		_, err := u.blob.CommitBlockList(ctx, list, &blockblob.CommitBlockListOptions{Metadata: metadata, HTTPHeaders: headers, AccessConditions: conditions})
		return explained(err)
	}, func() (bool, error) { return u.landed(ctx, whole) })
}

// metaName makes a name of metadata one that Azure takes.
func metaName(name string) string { return strings.ReplaceAll(name, "-", "_") }

// landed tells whether the blob that is there is the one that was written.
func (u *upload) landed(ctx context.Context, whole object.Whole) (bool, error) {
	found, err := u.look(ctx, u.key)
	switch {
	case object.Missing.Is(err):
		return false, nil
	case err != nil:
		return false, err
	}
	for name, value := range found.Metadata {
		if strings.EqualFold(name, metaName(object.MetaUpload)) && value != nil && *value == u.own {
			return number(found.ContentLength) == whole.Size, nil
		}
	}
	return false, nil
}

// Abort has nothing to do: see upload.
func (u *upload) Abort(context.Context) error { return nil }
