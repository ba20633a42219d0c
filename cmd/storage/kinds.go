package storage

import (
	"context"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/output"
)

// Datasets describes datasets.
func Datasets() Resource[api.Dataset] {
	return Resource[api.Dataset]{
		Kind:       api.KindDataset,
		Name:       "datasets",
		Aliases:    []string{"dataset", "ds"},
		Short:      "Datasets: lists of items that are only appended to",
		One:        "item",
		Many:       "items",
		Sample:     "products",
		Collection: func(c *api.Client) api.Collection[api.Dataset] { return c.Datasets().Collection },
		Facts:      func(d *api.Dataset) *api.Storage { return &d.Storage },
		Columns: []Column[api.Dataset]{
			{Name: "items", Value: func(d *api.Dataset) string { return output.Count(d.ItemCount) }},
		},
		Count:    func(d *api.Dataset) int64 { return d.ItemCount },
		Bytes:    func(d *api.Dataset) int64 { return d.Stats.StorageBytes },
		Size:     func(d *api.Dataset) string { return output.Plural(d.ItemCount, "item", "items") },
		Empty:    func(_ context.Context, _ *api.Client, d *api.Dataset) (bool, error) { return d.ItemCount == 0, nil },
		Contents: "/items",
		Link:     datasetLinks(),
	}
}

// KeyValueStores describes key-value stores.
func KeyValueStores() Resource[api.KeyValueStore] {
	return Resource[api.KeyValueStore]{
		Kind:       api.KindKeyValueStore,
		Name:       "kvs",
		Aliases:    []string{"kv", "key-value-stores", "key-value-store"},
		Short:      "Key-value stores: any bytes under a key",
		One:        "record",
		Many:       "records",
		Sample:     "assets",
		Collection: func(c *api.Client) api.Collection[api.KeyValueStore] { return c.KeyValueStores().Collection },
		Facts:      func(s *api.KeyValueStore) *api.Storage { return &s.Storage },
		Bytes:      func(s *api.KeyValueStore) int64 { return s.Stats.StorageBytes },
		Size:       storeSize,
		Empty:      storeIsEmpty,
		Contents:   "/keys",
		Link:       storeLinks(),
	}
}

// storeSize is - where a store holds nothing, or where the API does not tell.
func storeSize(s *api.KeyValueStore) string {
	if s.Stats.StorageBytes == 0 {
		return none
	}
	return output.Bytes(s.Stats.StorageBytes)
}

// storeIsEmpty asks the store itself: the sizes that lists give can be missing.
func storeIsEmpty(ctx context.Context, client *api.Client, s *api.KeyValueStore) (bool, error) {
	if s.Stats.StorageBytes > 0 {
		return false, nil
	}
	full, err := client.KeyValueStores().HasKeys(ctx, s.ID)
	return !full, err
}

// RequestQueues describes request queues.
func RequestQueues() Resource[api.RequestQueue] {
	return Resource[api.RequestQueue]{
		Kind:       api.KindRequestQueue,
		Name:       "queues",
		Aliases:    []string{"queue", "rq", "request-queues", "request-queue"},
		Short:      "Request queues: URLs to crawl, and what became of them",
		One:        "request",
		Many:       "requests",
		Sample:     "crawl",
		Collection: func(c *api.Client) api.Collection[api.RequestQueue] { return c.RequestQueues().Collection },
		Facts:      func(q *api.RequestQueue) *api.Storage { return &q.Storage },
		Columns: []Column[api.RequestQueue]{
			{Name: "requests", Value: func(q *api.RequestQueue) string { return output.Count(q.TotalRequestCount) }},
			{Name: "handled", Value: func(q *api.RequestQueue) string { return output.Count(q.HandledRequestCount) }},
			{Name: "pending", Value: func(q *api.RequestQueue) string { return output.Count(q.PendingRequestCount) }},
		},
		Count: func(q *api.RequestQueue) int64 { return q.TotalRequestCount },
		Bytes: func(q *api.RequestQueue) int64 { return q.Stats.StorageBytes },
		Size:  func(q *api.RequestQueue) string { return output.Plural(q.TotalRequestCount, "request", "requests") },
		Empty: func(_ context.Context, _ *api.Client, q *api.RequestQueue) (bool, error) {
			return q.TotalRequestCount == 0, nil
		},
		Link: queueLinks(),
	}
}
