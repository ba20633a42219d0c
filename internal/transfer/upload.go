package transfer

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
	"github.com/apifyctl/apifyctl/internal/spool"
)

// Value is something to store.
type Value struct {
	ContentType string
	Size        int64
	Open        func() (io.ReadCloser, error)
}

// minCompressed is the size from which compressing pays.
const minCompressed = 4 << 10

// Upload stores a value: compressed where that makes a text clearly smaller,
// and then asks how much the server has.
func (s Store) Upload(ctx context.Context, key string, v Value, compress bool) (err error) {
	sent := api.Upload{ContentType: v.ContentType, Size: v.Size, Open: v.Open}
	if compress && v.Size >= minCompressed && mediatype.IsText(v.ContentType) {
		packed := &spool.Spool{}
		defer func() { err = errors.Join(err, packed.Close()) }()
		if err := v.gzip(packed); err != nil {
			return err
		}
		if packed.Size() < v.Size/10*9 {
			sent.ContentEncoding, sent.Size, sent.Open = "gzip", packed.Size(), packed.Open
		}
	}
	if err := s.PutRecord(ctx, s.Ref, key, sent); err != nil {
		return err
	}
	return s.verify(ctx, key, v.Size, sent)
}

func (v Value) gzip(w io.Writer) (err error) {
	reader, err := v.Open()
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
func (s Store) verify(ctx context.Context, key string, size int64, sent api.Upload) error {
	info, err := s.HeadRecord(ctx, s.Ref, key)
	if err != nil {
		return fmt.Errorf("stored, but looking at it afterwards failed: %w", err)
	}
	stored := info.Size
	if stored < 0 {
		for listed, err := range s.Keys(ctx, s.Ref, api.KeysOptions{Prefix: key, Limit: 1}) {
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

// TypeFor is the media type of a value that nobody told: by the first of the
// names whose ending tells it, else by its bytes.
func (v Value) TypeFor(names ...string) (string, error) {
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
func (v Value) sniff() (kind string, err error) {
	reader, err := v.Open()
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
