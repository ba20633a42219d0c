package backup

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/rawjson"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

// difference says in what two storages differ; "" for nothing.
type difference string

// contents compares all that two storages hold. a is what there should be; a store
// may hold more.
func contents(ctx context.Context, kind transfer.Kind, a, b transfer.Side) (difference, error) {
	switch kind.Kind {
	case api.KindKeyValueStore:
		return compareStores(ctx, a, b)
	case api.KindRequestQueue:
		return compareQueues(ctx, a, b)
	default:
		_, differs, err := compareItems(ctx, a, b, 0)
		return differs, err
	}
}

// compareItems compares the items of two datasets, all or the first so many. It
// returns how many are the same before the first that is not.
func compareItems(ctx context.Context, a, b transfer.Side, limit int64) (same int64, differs difference, err error) {
	nextA, stopA := iter.Pull2(items(ctx, a, limit))
	defer stopA()
	nextB, stopB := iter.Pull2(items(ctx, b, limit))
	defer stopB()
	for {
		one, errA, okA := nextA()
		other, errB, okB := nextB()
		switch {
		case errA != nil || errB != nil:
			return same, "", errors.Join(errA, errB)
		case !okA && !okB:
			return same, "", nil
		case !okA:
			return same, difference(fmt.Sprintf("it holds more than %s", output.Plural(same, "item", "items"))), nil
		case !okB:
			return same, difference(fmt.Sprintf("it holds %s, and more are there", output.Plural(same, "item", "items"))), nil
		}
		equal, err := sameJSON(one, other)
		if err != nil {
			return same, "", err
		}
		if !equal {
			return same, difference(fmt.Sprintf("item %d differs", same)), nil
		}
		same++
	}
}

// items are valid until the next one.
func items(ctx context.Context, s transfer.Side, limit int64) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for page, err := range s.Client.Datasets().Pages(ctx, s.Ref, api.ItemsOptions{Limit: limit, Concurrency: 4}) {
			if err != nil {
				yield(nil, err)
				return
			}
			for item, err := range rawjson.Elements(page.Data) {
				if !yield(item, err) || err != nil {
					return
				}
			}
		}
	}
}

// sameJSON compares values: a server may spell them in another way.
func sameJSON(a, b []byte) (bool, error) {
	one, err := rawjson.AppendCompact(nil, a)
	if err != nil {
		return false, err
	}
	other, err := rawjson.AppendCompact(nil, b)
	if err != nil || bytes.Equal(one, other) {
		return err == nil, err
	}
	var values [2]any
	for i, text := range [][]byte{one, other} {
		if err := json.Unmarshal(text, &values[i]); err != nil {
			return false, err
		}
	}
	return reflect.DeepEqual(values[0], values[1]), nil
}

// keyPair is a key that one store or both have.
type keyPair struct {
	api.Key
	a, b bool
}

// pairs yields the keys of both stores, in the order of their bytes, as the API
// lists them.
func pairs(ctx context.Context, a, b transfer.Store) iter.Seq2[keyPair, error] {
	return func(yield func(keyPair, error) bool) {
		nextA, stopA := iter.Pull2(a.Keys(ctx, a.Ref, api.KeysOptions{}))
		defer stopA()
		nextB, stopB := iter.Pull2(b.Keys(ctx, b.Ref, api.KeysOptions{}))
		defer stopB()
		one, errA, okA := nextA()
		other, errB, okB := nextB()
		for okA || okB {
			if err := errors.Join(a.Failed(errA), b.Failed(errB)); err != nil {
				yield(keyPair{}, err)
				return
			}
			var p keyPair
			switch order := strings.Compare(one.Key, other.Key); {
			case okA && (!okB || order < 0):
				p = keyPair{one, true, false}
			case okB && (!okA || order > 0):
				p = keyPair{other, false, true}
			default:
				p = keyPair{one, true, true}
			}
			if !yield(p, nil) {
				return
			}
			if p.a {
				one, errA, okA = nextA()
			}
			if p.b {
				other, errB, okB = nextB()
			}
		}
	}
}

// sameRecord compares the values and media types that two stores have under a
// key, and returns what a says of its own. One that is gone by now differs.
func sameRecord(ctx context.Context, a, b transfer.Store, key string) (same bool, info api.RecordInfo, err error) {
	one, err := a.OpenRecord(ctx, a.Ref, key)
	if err != nil {
		return false, info, ignoreMissing(a.RecordFailed(key, err))
	}
	defer func() { _ = one.Close() }() // of a transfer that was read as far as needed
	other, err := b.OpenRecord(ctx, b.Ref, key)
	if err != nil {
		return false, one.Info, ignoreMissing(b.RecordFailed(key, err))
	}
	defer func() { _ = other.Close() }() // of a transfer that was read as far as needed
	if one.Info.ContentType != other.Info.ContentType {
		return false, one.Info, nil
	}
	same, err = transfer.Equal(one, other)
	return same, one.Info, a.RecordFailed(key, err)
}

func ignoreMissing(err error) error {
	if api.IsNotFound(err) {
		return nil
	}
	return err
}

// maxNamed is how many of the records that differ are named.
const maxNamed = 5

func compareStores(ctx context.Context, a, b transfer.Side) (difference, error) {
	one, other := storeOf(a), storeOf(b)
	var mutex sync.Mutex
	var differ []string
	count := 0
	err := transfer.ForEachOf(ctx, pairs(ctx, one, other), transfer.DefaultConcurrency, func(ctx context.Context, p keyPair) error {
		same := !p.a // what b has besides does no harm
		if p.a && p.b {
			var err error
			if same, _, err = sameRecord(ctx, one, other, p.Key.Key); err != nil {
				return err
			}
		}
		if !same {
			mutex.Lock()
			defer mutex.Unlock()
			if count++; len(differ) < maxNamed {
				differ = append(differ, p.Key.Key)
			}
		}
		return nil
	})
	if err != nil || count == 0 {
		return "", err
	}
	slices.Sort(differ)
	text := fmt.Sprintf("%s: %s", output.Plural(int64(count), "record differs", "records differ"), strings.Join(differ, ", "))
	if count > len(differ) {
		text += ", …"
	}
	return difference(text), nil
}

func storeOf(s transfer.Side) transfer.Store {
	return transfer.Store{KeyValueStores: s.Client.KeyValueStores(), Ref: s.Ref}
}

// compareQueues compares all requests, and the order of those that are pending as
// far as both sides tell it.
func compareQueues(ctx context.Context, a, b transfer.Side) (difference, error) {
	one, other := map[string]hash{}, map[string]hash{}
	if err := errors.Join(requestsInto(ctx, a, one), requestsInto(ctx, b, other)); err != nil {
		return "", err
	}
	differ := 0
	for id, h := range one {
		if other[id] != h {
			differ++
		}
	}
	for id := range other {
		if _, there := one[id]; !there {
			differ++
		}
	}
	if differ > 0 {
		return difference(output.Plural(int64(differ), "request differs", "requests differ")), nil
	}
	var heads [2][]string
	for i, s := range []transfer.Side{a, b} {
		head, err := s.Client.RequestQueues().Head(ctx, s.Ref, maxHead)
		if err != nil {
			return "", err
		}
		for _, raw := range head {
			var r struct {
				ID string `json:"id"`
			}
			if err := json.Unmarshal(raw, &r); err != nil {
				return "", err
			}
			heads[i] = append(heads[i], r.ID)
		}
	}
	if !slices.Equal(heads[0], heads[1]) {
		return "the pending requests are in another order", nil
	}
	return "", nil
}

// maxHead is how much of a queue's order the API tells.
const maxHead = 1000

func requestsInto(ctx context.Context, s transfer.Side, found map[string]hash) error {
	for raw, err := range s.Client.RequestQueues().Requests(ctx, s.Ref, api.RequestsOptions{Page: maxHead}) {
		if err != nil {
			return err
		}
		id, h, err := hashRequest(raw)
		if err != nil {
			return err
		}
		found[id] = h
	}
	return nil
}

// hashRequest leaves out what no copy takes along, and what servers fill in or
// leave out where it is not said.
func hashRequest(raw []byte) (id string, h hash, err error) {
	var request map[string]any
	if err := json.Unmarshal(raw, &request); err != nil {
		return "", h, err
	}
	id, _ = request["id"].(string)
	for _, name := range []string{"id", "orderNo", "lockExpiresAt", "lockByClient"} {
		delete(request, name)
	}
	for name, value := range request {
		if empty(value) || name == "method" && value == "GET" {
			delete(request, name)
		}
	}
	text, err := json.Marshal(request) // with the members sorted
	return id, hashOf(string(text)), err
}

func empty(value any) bool {
	switch v := value.(type) {
	case nil:
		return true
	case bool:
		return !v
	case float64:
		return v == 0
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}
