package app

import (
	"github.com/apifyctl/apifyctl/internal/sink"
)

// Create starts what is written to a path, compressed when that ends in .gz or
// .zst; "" is stdout.
func (a *App) Create(path string) (sink.Sink, error) {
	to, err := a.CreateRaw(path)
	if err != nil {
		return nil, err
	}
	return sink.Pack(to, path)
}

// CreateRaw is Create for bytes that stay as they are, whatever the path's ending.
func (a *App) CreateRaw(path string) (sink.Sink, error) {
	if path == "" {
		return sink.Stream(a.Streams.Out), nil
	}
	return sink.CreateFile(path)
}
