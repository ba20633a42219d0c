package local

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path"
	"strings"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// sqliteFile is what @apify/storage-local kept a queue in.
const sqliteFile = "db.sqlite"

// countRequests counts a queue's request files. Metadata is not asked: an SDK
// that writes none leaves an old one to go stale.
func countRequests(ctx context.Context, s *shelf, found *storage) (*queueFacts, error) {
	folder, err := s.folders.OpenRoot(found.folder)
	if err != nil {
		return nil, err
	}
	counts, err := countIn(ctx, s, folder, found)
	if err := errors.Join(err, folder.Close()); err != nil {
		return nil, err
	}
	return counts, nil
}

func countIn(ctx context.Context, s *shelf, folder *os.Root, found *storage) (*queueFacts, error) {
	names, err := fs.Glob(folder.FS(), "*")
	if err != nil {
		return nil, err
	}
	var total, handled atomic.Int64
	group, groupContext := errgroup.WithContext(ctx)
	group.SetLimit(readers)
	for _, name := range names {
		if name == sqliteFile {
			s.log.Warn("requests in a SQLite queue are not counted", "queue", found.folder)
		}
		if !isRequestFile(name) || groupContext.Err() != nil {
			continue
		}
		group.Go(func() error {
			text, err := folder.ReadFile(name)
			if errors.Is(err, fs.ErrNotExist) {
				return nil // deleted just now
			}
			if err != nil {
				return err
			}
			if !json.Valid(text) { // Crawlee leaves those out as well
				s.log.Warn("request file ignored: it is not JSON", "queue", found.folder, "file", name)
				return nil
			}
			total.Add(1)
			if isHandled(text) {
				handled.Add(1)
			}
			return nil
		})
	}
	if err := errors.Join(group.Wait(), ctx.Err()); err != nil {
		return nil, err
	}
	return &queueFacts{total.Load(), handled.Load(), total.Load() - handled.Load(), found.shared}, nil
}

func isRequestFile(name string) bool {
	return path.Ext(name) == ".json" && !strings.HasPrefix(name, ".") && name != metadataFile
}

// isHandled tells by a request's file whether it is done with: Crawlee 3 keeps
// the request as a string beside an orderNo, null when handled; Crawlee 4 and
// crawlee-python keep it flat, with the time it was handled.
func isHandled(request []byte) bool {
	asText, noOrder, handledAt := false, false, false
	for member, err := range rawjson.Members(request) {
		if err != nil {
			return false
		}
		isNull := bytes.Equal(member.Value, []byte("null"))
		switch string(member.Key) {
		case `"json"`:
			asText = member.Value[0] == '"'
		case `"orderNo"`:
			noOrder = isNull
		case `"handledAt"`, `"handled_at"`:
			handledAt = !isNull
		}
	}
	if asText {
		return noOrder
	}
	return handledAt
}
