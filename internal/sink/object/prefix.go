package object

import (
	"context"
	"io"
	"iter"
)

// Prefix is several objects whose keys begin alike, as files in a folder do.
type Prefix struct {
	Store   Store
	Address Address
}

// Files yields the names behind the prefix, and sizes.
func (p Prefix) Files(ctx context.Context) iter.Seq2[Info, error] {
	return func(yield func(Info, error) bool) {
		for info, err := range p.Store.List(ctx, p.Address.Key) {
			info.Key = info.Key[min(len(info.Key), len(p.Address.Key)):]
			if err == nil && info.Key == "" {
				continue // what stands for the folder itself
			}
			if !yield(info, At(p.Address.String(), err)) || err != nil {
				return
			}
		}
	}
}

// Open reads one of them.
func (p Prefix) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	body, err := p.Store.Open(ctx, p.Address.Key+name)
	return body, At(p.Address.String()+name, err)
}
