package kvs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

// head is what --head prints of a record.
type head struct {
	Key             string `json:"key"`
	ContentType     string `json:"contentType"`
	ContentEncoding string `json:"contentEncoding"`
	Size            *int64 `json:"size"` // as stored; null where the server does not say
	ETag            string `json:"etag"`
	LastModified    string `json:"lastModified"`
}

func (o getOptions) heads(ctx context.Context, a *app.App, s transfer.Store) error {
	printer, err := a.Printer(o.print)
	if err != nil {
		return err
	}
	results := failure.Outcome{Noun: "records", Tell: a.Tell}
	rows := make([]json.RawMessage, 0, len(o.keys))
	for _, key := range o.keys {
		info, err := s.HeadRecord(ctx, s.Ref, key)
		if err = s.RecordFailed(key, err); len(o.keys) == 1 || transfer.Fatal(ctx, err) {
			if err != nil {
				return err
			}
		} else {
			results.Note(err)
		}
		if err != nil {
			continue
		}
		row := head{Key: key, ContentType: info.ContentType, ContentEncoding: info.ContentEncoding, ETag: info.ETag, LastModified: info.LastModified}
		if info.Size >= 0 {
			row.Size = &info.Size
		}
		text, err := json.Marshal(row)
		if err != nil {
			return err
		}
		if len(o.keys) == 1 {
			return o.printHead(ctx, printer, row, text)
		}
		rows = append(rows, text)
	}
	err = printer.Rows(ctx, app.Each(rows))
	return errors.Join(err, results.Err())
}

func (o getOptions) printHead(ctx context.Context, printer *app.Printer, h head, row json.RawMessage) error {
	if !printer.ForPeople() {
		return printer.One(ctx, row)
	}
	size := "unknown"
	if h.Size != nil {
		size = fmt.Sprintf("%s (%d bytes)", output.Bytes(*h.Size), *h.Size)
	}
	facts := []app.Cell{{Name: "key", Value: h.Key}, {Name: "media type", Value: h.ContentType}, {Name: "size", Value: size}}
	for _, fact := range []app.Cell{{Name: "encoding", Value: h.ContentEncoding}, {Name: "modified", Value: h.LastModified}, {Name: "etag", Value: strings.Trim(h.ETag, `"`)}} {
		if fact.Value != "" {
			facts = append(facts, fact)
		}
	}
	return printer.Card(ctx, facts)
}
