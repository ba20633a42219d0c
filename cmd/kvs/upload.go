package kvs

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/klauspost/compress/gzip"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/mediatype"
)

// value is something to store.
type value struct {
	contentType string
	size        int64
	open        func() (io.ReadCloser, error)
}

// minCompressed is the size from which compressing pays.
const minCompressed = 4 << 10

// upload stores a value: compressed where that makes a text clearly smaller,
// and then asks how much the server has.
func (s store) upload(ctx context.Context, key string, v value, compress bool) (err error) {
	sent := api.Upload{ContentType: v.contentType, Size: v.size, Open: v.open}
	if compress && v.size >= minCompressed && mediatype.IsText(v.contentType) {
		packed := &spool{}
		defer func() { err = errors.Join(err, packed.close()) }()
		if err := v.gzip(packed); err != nil {
			return err
		}
		if packed.size < v.size/10*9 {
			sent.ContentEncoding, sent.Size, sent.Open = "gzip", packed.size, packed.open
		}
	}
	if err := s.PutRecord(ctx, s.ref, key, sent); err != nil {
		return err
	}
	return s.verify(ctx, key, v.size, sent)
}

func (v value) gzip(w io.Writer) (err error) {
	reader, err := v.open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, reader.Close()) }()
	packer, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
	if err != nil {
		return err
	}
	if _, err := io.Copy(packer, reader); err != nil {
		return err
	}
	return packer.Close()
}

// verify compares sizes. Servers tell that of the bytes as they were sent, or
// inflated; where a HEAD tells neither, the list of keys does.
func (s store) verify(ctx context.Context, key string, size int64, sent api.Upload) error {
	info, err := s.HeadRecord(ctx, s.ref, key)
	if err != nil {
		return fmt.Errorf("stored, but looking at it afterwards failed: %w", err)
	}
	stored := info.Size
	if stored < 0 {
		for listed, err := range s.Keys(ctx, s.ref, api.KeysOptions{Prefix: key, Limit: 1}) {
			if err != nil {
				return fmt.Errorf("stored, but looking at it afterwards failed: %w", err)
			}
			if listed.Key == key {
				stored = listed.Size
			}
		}
	}
	if stored != sent.Size && stored != size {
		return fmt.Errorf("%d bytes were sent, and the server has %d", sent.Size, stored)
	}
	return nil
}

// typeFor is the media type of a value that nobody told: by the first of the
// names whose ending tells it, else by its bytes.
func (v value) typeFor(names ...string) (string, error) {
	for _, name := range names {
		if mediatype.HasEnding(name) {
			return mediatype.ForName(name), nil
		}
	}
	return v.sniff()
}

const maxSniffedJSON = 1 << 20

// sniff takes what is wholly JSON, an object or an array, for JSON, as far as
// it is looked at.
func (v value) sniff() (kind string, err error) {
	reader, err := v.open()
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, reader.Close()) }()
	text, err := io.ReadAll(io.LimitReader(reader, maxSniffedJSON))
	if err != nil {
		return "", err
	}
	trimmed := bytes.TrimLeft(text, " \t\r\n")
	if len(trimmed) > 0 && (trimmed[0] == '{' || trimmed[0] == '[') && len(text) < maxSniffedJSON && json.Valid(text) {
		return mediatype.JSON, nil
	}
	return http.DetectContentType(text), nil
}
