package storage

import (
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/storages"
)

// Datasets describes the command for datasets.
func Datasets() Resource[api.Dataset] {
	return Resource[api.Dataset]{
		Type:    storages.Datasets(),
		Name:    "datasets",
		Aliases: []string{"dataset", "ds"},
		Short:   "Datasets: lists of items that are only appended to",
		Sample:  "products",
		Columns: []Column[api.Dataset]{
			{Name: "items", Value: func(d *api.Dataset) string { return output.Count(d.ItemCount) }},
		},
		Link: datasetLinks(),
	}
}

// KeyValueStores describes the command for key-value stores.
func KeyValueStores() Resource[api.KeyValueStore] {
	return Resource[api.KeyValueStore]{
		Type:    storages.KeyValueStores(),
		Name:    "kvs",
		Aliases: []string{"kv", "key-value-stores", "key-value-store"},
		Short:   "Key-value stores: any bytes under a key",
		Sample:  "assets",
		Link:    storeLinks(),
	}
}

// RequestQueues describes the command for request queues.
func RequestQueues() Resource[api.RequestQueue] {
	return Resource[api.RequestQueue]{
		Type:    storages.RequestQueues(),
		Name:    "queues",
		Aliases: []string{"queue", "rq", "request-queues", "request-queue"},
		Short:   "Request queues: URLs to crawl, and what became of them",
		Sample:  "crawl",
		Columns: []Column[api.RequestQueue]{
			{Name: "requests", Value: func(q *api.RequestQueue) string { return output.Count(q.TotalRequestCount) }},
			{Name: "handled", Value: func(q *api.RequestQueue) string { return output.Count(q.HandledRequestCount) }},
			{Name: "pending", Value: func(q *api.RequestQueue) string { return output.Count(q.PendingRequestCount) }},
		},
		Link: queueLinks(),
	}
}
