package api

// RequestQueues is the collection of request queues.
type RequestQueues struct{ Collection[RequestQueue] }
