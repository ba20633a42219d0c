package directory

import (
	"io/fs"
	"maps"
	"os"
	"sync"

	"github.com/apifyctl/apifyctl/internal/atomicfile"
)

// Cache is what is known of storages, by what they are called. When it holds as
// much as it may, it forgets everything: all of it can be found out again. It is
// safe for concurrent use.
type Cache[K comparable, V any] struct {
	most   int
	mutex  sync.Mutex
	values map[K]V
}

// NewCache makes a cache that holds up to most values.
func NewCache[K comparable, V any](most int) *Cache[K, V] { return &Cache[K, V]{most: most} }

// Get is a value, if it is known.
func (c *Cache[K, V]) Get(key K) (V, bool) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	value, ok := c.values[key]
	return value, ok
}

// Put keeps a value.
func (c *Cache[K, V]) Put(key K, value V) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.put(key, value)
}

func (c *Cache[K, V]) put(key K, value V) {
	if c.values == nil || len(c.values) >= c.most {
		c.values = map[K]V{}
	}
	c.values[key] = value
}

// Of is the value of a key, which fresh makes where there is none.
func (c *Cache[K, V]) Of(key K, fresh func() V) V {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	value, ok := c.values[key]
	if !ok {
		value = fresh()
		c.put(key, value)
	}
	return value
}

// All is a copy of what is known.
func (c *Cache[K, V]) All() map[K]V {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return maps.Clone(c.values)
}

// Clear forgets everything.
func (c *Cache[K, V]) Clear() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.values = nil
}

// maxKnown bounds what is known of single storages.
const maxKnown = 10_000

// fileCache holds small files, decoded, for as long as they are the same.
type fileCache[T any] struct{ *Cache[string, cachedFile[T]] }

type cachedFile[T any] struct {
	info  fs.FileInfo
	value T
}

// read decodes a file below root, unless it is known. Values are shared.
func (c fileCache[T]) read(root *os.Root, name string, decode func(*T) error) (value T, err error) {
	info, err := root.Lstat(name)
	if err != nil {
		return value, err
	}
	key := root.Name() + "/" + name
	known, ok := c.Get(key)
	if ok && os.SameFile(known.info, info) && known.info.Size() == info.Size() && known.info.ModTime().Equal(info.ModTime()) {
		return known.value, nil
	}
	if err := decode(&value); err != nil {
		return value, err
	}
	if !atomicfile.Racy(info) {
		c.Put(key, cachedFile[T]{info, value})
	}
	return value, nil
}
