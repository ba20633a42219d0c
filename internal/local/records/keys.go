package records

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"math"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/apifyctl/apifyctl/internal/local/directory"
	"github.com/apifyctl/apifyctl/internal/local/wire"
)

const maxKeysPage = 1000

// keysPage is what a list of keys answers.
type keysPage struct {
	Items                 []listedKey `json:"items"`
	Count                 int         `json:"count"`
	Limit                 int         `json:"limit"`
	ExclusiveStartKey     *string     `json:"exclusiveStartKey"`
	IsTruncated           bool        `json:"isTruncated"`
	NextExclusiveStartKey *string     `json:"nextExclusiveStartKey"` // explicit null at the end: Apify's client loops without it
}

type listedKey struct {
	Key             string `json:"key"`
	Size            int64  `json:"size"`
	RecordPublicURL string `json:"recordPublicUrl"`
}

// listKeys answers GET of a store's keys.
func (h *Handler) listKeys(w http.ResponseWriter, r *http.Request, ref directory.Ref) error {
	q := wire.Query{Values: r.URL.Query()}
	limit := int(q.Limit(maxKeysPage, maxKeysPage))
	if q.Err != nil {
		return q.Err
	}
	page := keysPage{Limit: limit}
	after := q.Values.Get("exclusiveStartKey")
	if after != "" {
		page.ExclusiveStartKey = &after
	}
	err := h.readStore(r.Context(), ref, func(s *store) error {
		want, err := s.wantedKeys(q.Values)
		if err != nil {
			return err
		}
		entries, err := s.from(after, limit, want)
		if err != nil {
			return err
		}
		if len(entries) > limit {
			entries = entries[:limit]
			page.IsTruncated, page.NextExclusiveStartKey = true, &entries[limit-1].key
		}
		page.Items, err = s.describeKeys(entries, h.RecordLink(r, s.Storage))
		return err
	})
	if err != nil {
		return err
	}
	page.Count = len(page.Items)
	wire.WriteData(w, http.StatusOK, page)
	return nil
}

// describeKeys looks sizes up.
func (s *store) describeKeys(entries []entry, link func(key string) string) ([]listedKey, error) {
	items := make([]listedKey, 0, len(entries))
	for _, each := range entries {
		info, err := s.stat(each)
		if errors.Is(err, fs.ErrNotExist) {
			continue // deleted just now
		}
		if err != nil {
			return nil, err
		}
		items = append(items, listedKey{each.key, info.Size(), link(each.key)})
	}
	return items, nil
}

// wantedKeys is what prefix and collection let in. A collection of the store's
// schema is one key or all that begin alike.
func (s *store) wantedKeys(values url.Values) (func(key string) bool, error) {
	prefix := values.Get("prefix")
	name := values.Get("collection")
	if name == "" {
		return func(key string) bool { return strings.HasPrefix(key, prefix) }, nil
	}
	var schema struct {
		Collections map[string]struct {
			Key       string `json:"key"`
			KeyPrefix string `json:"keyPrefix"`
		} `json:"collections"`
	}
	if s.Schema != nil {
		if err := json.Unmarshal(s.Schema, &schema); err != nil {
			return nil, wire.InvalidValue("The store's schema cannot be read: %v", err)
		}
	}
	collection, ok := schema.Collections[name]
	if !ok {
		return nil, wire.InvalidValue("The store's schema has no collection %q", wire.Clipped(name))
	}
	return func(key string) bool {
		inside := collection.Key != "" && key == collection.Key || collection.KeyPrefix != "" && strings.HasPrefix(key, collection.KeyPrefix)
		return inside && strings.HasPrefix(key, prefix)
	}, nil
}

// zipRecords answers GET of all records: a ZIP whose names are the keys.
func (h *Handler) zipRecords(w http.ResponseWriter, r *http.Request, ref directory.Ref) error {
	ctx := r.Context()
	return h.readStore(ctx, ref, func(s *store) error {
		want, err := s.wantedKeys(r.URL.Query())
		if err != nil {
			return err
		}
		entries, err := s.from("", math.MaxInt-1, want)
		if err != nil {
			return err
		}
		w.Header().Set("Content-Type", "application/zip")
		w.Header().Set("Content-Disposition", `attachment; filename="records.zip"`)
		w.WriteHeader(http.StatusOK)
		if r.Method == http.MethodHead {
			return nil
		}
		if err := s.writeZip(ctx, w, entries); err != nil {
			s.warn("archive of records cut off", err)
			panic(http.ErrAbortHandler) // the status is out: a cut body is the only way to say it
		}
		return nil
	})
}

func (s *store) writeZip(ctx context.Context, w io.Writer, entries []entry) error {
	archive := zip.NewWriter(w)
	for _, each := range entries {
		if err := ctx.Err(); err != nil {
			return err
		}
		value, info, _, err := s.openRecord(each.key)
		if errors.Is(err, errNoRecord) {
			continue // deleted just now
		}
		if err != nil {
			return err
		}
		if err := errors.Join(zipOne(archive, each.key, value, info), value.Close()); err != nil {
			return err
		}
	}
	return archive.Close()
}

func zipOne(archive *zip.Writer, key string, value *os.File, info fs.FileInfo) error {
	file, err := archive.CreateHeader(&zip.FileHeader{Name: key, Method: zip.Deflate, Modified: info.ModTime()})
	if err != nil {
		return err
	}
	_, err = io.Copy(file, value)
	return err
}
