package directory

import (
	"io/fs"
	"os"
	"sync"

	"github.com/apifyctl/apifyctl/internal/local/durable"
)

// factsCache holds what the small files say that describe storages.
type factsCache struct {
	metadata fileCache[Metadata]
	states   fileCache[State]
}

func (c *factsCache) clear() {
	c.metadata.clear()
	c.states.clear()
}

// fileCache holds small JSON files, decoded, for as long as they are the same.
type fileCache[T any] struct {
	mutex sync.Mutex
	files map[string]cachedFile[T]
}

type cachedFile[T any] struct {
	info  fs.FileInfo
	value T
}

// read decodes a file below root, unless it is known. Values are shared.
func (c *fileCache[T]) read(root *os.Root, name string, decode func(*T) error) (value T, err error) {
	info, err := root.Lstat(name)
	if err != nil {
		return value, err
	}
	key := root.Name() + "/" + name
	c.mutex.Lock()
	known, ok := c.files[key]
	c.mutex.Unlock()
	if ok && os.SameFile(known.info, info) && known.info.Size() == info.Size() && known.info.ModTime().Equal(info.ModTime()) {
		return known.value, nil
	}
	if err := decode(&value); err != nil {
		return value, err
	}
	if durable.Racy(info) {
		return value, nil
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.files == nil || len(c.files) >= maxKnownFolders {
		c.files = map[string]cachedFile[T]{}
	}
	c.files[key] = cachedFile[T]{info, value}
	return value, nil
}

func (c *fileCache[T]) clear() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.files = nil
}

// folderCache remembers which folder an ID led to, so that every page of a long
// read need not look at all folders. What it says is checked before it is used.
type folderCache struct {
	mutex   sync.Mutex
	folders map[Ref]string
}

const maxKnownFolders = 10_000

func (c *folderCache) get(ref Ref) (string, bool) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	folder, ok := c.folders[ref]
	return folder, ok
}

func (c *folderCache) put(ref Ref, folder string) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.folders == nil || len(c.folders) >= maxKnownFolders {
		c.folders = map[Ref]string{}
	}
	c.folders[ref] = folder
}

func (c *folderCache) clear() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.folders = nil
}
