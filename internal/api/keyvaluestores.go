package api

// KeyValueStores is the collection of key-value stores.
type KeyValueStores struct{ Collection[KeyValueStore] }
