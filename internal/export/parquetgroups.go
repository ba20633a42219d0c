package export

import (
	"bytes"
	"context"
	"io"

	"github.com/apifyctl/apifyctl/internal/export/flatten"
	"github.com/apifyctl/apifyctl/internal/export/parquet"
	"github.com/apifyctl/apifyctl/internal/export/schema"
	"github.com/apifyctl/apifyctl/internal/export/shred"
)

func bytesAt(data []byte) io.ReaderAt { return bytes.NewReader(data) }

// writeGroups writes all that is in the spool.
func (e *parquetEncoder) writeGroups(ctx context.Context, r *runner) error {
	blocks := e.spool.blocks
	for len(blocks) > 0 {
		count, size, items := 0, int64(0), int64(0)
		for count < len(blocks) && size < e.groupBytes && items < e.groupItems {
			size += int64(blocks[count].bytes)
			items += int64(blocks[count].items)
			count++
		}
		if err := e.writeGroup(ctx, r, blocks[:count]); err != nil {
			return err
		}
		blocks = blocks[count:]
	}
	e.open, e.openItems = 0, 0
	return e.spool.empty()
}

func (e *parquetEncoder) writeGroup(ctx context.Context, r *runner, blocks []spooledBlock) error {
	group := &parquet.Group{}
	source := e.spool.source()
	for _, at := range blocks {
		block, err := shred.Open(source, at.at)
		if err != nil {
			return err
		}
		if err := group.Add(e.layout, block); err != nil {
			return err
		}
	}
	if group.Rows == 0 {
		return nil
	}
	next := 0
	columns := func(p *piece) (bool, error) {
		p.columns = next
		next++
		return p.columns < len(e.layout.Columns), nil
	}
	worker := func() pageEncoder { return chunks{encoders: e.encoders, group: group} }
	err := e.pipeline.run(ctx, columns, worker, func(p *piece) error {
		e.lossy += p.chunk.Lossy
		err := e.file.Write(&p.chunk)
		p.chunk = parquet.Chunk{}
		return err
	}, r.locate)
	e.file.EndGroup(group.Rows)
	return err
}

// chunks encodes columns of a row group.
type chunks struct {
	encoders chan *parquet.Encoder
	group    *parquet.Group
}

func (c chunks) encode(p *piece) (err error) {
	encoder := <-c.encoders
	p.chunk, err = encoder.Encode(c.group, p.columns, p.buf)
	p.buf = p.chunk.Pages
	c.encoders <- encoder
	return err
}

// shredPages takes pages apart.
type shredPages struct {
	shredder *shred.Shredder
	schema   *schema.Type // nil: not known yet
	encoder  *parquetEncoder
}

func (e *parquetEncoder) pages(known *schema.Type) *shredPages {
	return &shredPages{shredder: &shred.Shredder{AnyMembers: e.options.Truncate || known != nil}, schema: known, encoder: e}
}

func (s *shredPages) encode(p *piece) (err error) {
	p.buf, p.items, err = s.shredder.Page(p.buf[:0], p.page)
	if err == shred.ErrTooManyMembers { //nolint:errorlint // it comes as it is
		return flatten.TooManyColumns(nil)
	}
	if err != nil {
		return pageItemError(p.items, err)
	}
	p.out = p.buf
	if s.schema == nil {
		return nil
	}
	block, err := shred.Open(bytesAt(p.out), 0)
	if err != nil {
		return err
	}
	return s.fit(block, p.page)
}

// fit checks the items of a page against the schema.
func (s *shredPages) fit(block *shred.Block, page []byte) error {
	misfits, unknown := s.schema.Check(block)
	if len(unknown) > 0 && s.encoder.options.Parquet.Exact {
		return &UnknownFieldsError{unknown}
	}
	s.encoder.misfits.note(unknown)
	if len(misfits) == 0 {
		return nil
	}
	item, err := firstMisfit(s.schema, page)
	return pageItemError(item, err)
}
