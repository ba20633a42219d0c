package export

import (
	"archive/zip"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"strings"
	"time"

	"github.com/klauspost/compress/flate"

	"github.com/apifyctl/apifyctl/internal/export/flatten"
)

// xlsxEncoder writes an Office Open XML workbook as it goes: the rows of a page
// are compressed by whoever encodes the page, and put behind each other into
// the sheet's entry of the archive.
type xlsxEncoder struct {
	options Options
	archive *zip.Writer
	columns *flatten.Columns
	sheets  int
	entry   io.Writer
	header  *zip.FileHeader
}

// maxSheetRows is the format's limit; what is beyond goes to another sheet.
const maxSheetRows = 1 << 20

// sheetPart is a run of compressed rows of one sheet.
type sheetPart struct {
	sheet  int // counted from 0
	end    int // of the part in piece.out
	length int64
	sum    uint32 // CRC-32 of the rows before compression
}

func newXLSX(w io.Writer, o Options) (encoder, error) {
	return &xlsxEncoder{options: o, archive: zip.NewWriter(w)}, nil
}

func (e *xlsxEncoder) begin(columns *flatten.Columns) error {
	e.columns = columns
	return e.openSheet()
}

func (e *xlsxEncoder) worker() pageEncoder { return newXLSXPages(e.columns, e.options) }

func (e *xlsxEncoder) write(p *piece) error {
	start := 0
	for _, part := range p.sheet {
		for part.sheet >= e.sheets {
			if err := e.closeSheet(); err != nil {
				return err
			}
			if err := e.openSheet(); err != nil {
				return err
			}
		}
		if err := e.add(p.out[start:part.end], part.length, part.sum); err != nil {
			return err
		}
		start = part.end
	}
	return nil
}

func (e *xlsxEncoder) end(int64) error {
	if err := e.closeSheet(); err != nil {
		return err
	}
	for _, part := range xlsxParts(e.sheets) {
		if err := e.part(part.name, part.content); err != nil {
			return err
		}
	}
	return e.archive.Close()
}

// part writes one of the small files of the archive.
func (e *xlsxEncoder) part(name, content string) error {
	w, err := e.archive.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: xlsxTime()})
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, content)
	return err
}

// xlsxTime is what all entries of the archive are stamped with, so that the
// same items give the same file.
func xlsxTime() time.Time { return time.Date(1980, time.January, 1, 0, 0, 0, 0, time.UTC) }

// xlsxDOSDate is the same day as archives without a time zone spell it.
const xlsxDOSDate = 1<<5 | 1 // months from bit 5, days from bit 0, years since 1980 above

func (e *xlsxEncoder) openSheet() error {
	e.sheets++
	e.header = &zip.FileHeader{
		Name: fmt.Sprintf("xl/worksheets/sheet%d.xml", e.sheets), Method: zip.Deflate, Modified: xlsxTime(),
		Flags: dataDescriptor, ModifiedDate: xlsxDOSDate, //nolint:staticcheck // CreateRaw takes it from here
	}
	var err error
	if e.entry, err = e.archive.CreateRaw(e.header); err != nil {
		return err
	}
	start, err := e.sheetStart()
	if err != nil {
		return err
	}
	return e.addPlain(start, false)
}

// dataDescriptor says that sizes and checksum stand behind an entry.
const dataDescriptor = 1 << 3

func (e *xlsxEncoder) closeSheet() error { return e.addPlain([]byte("</sheetData></worksheet>"), true) }

// add puts compressed bytes into the sheet. The archive takes sizes and
// checksum from the header when the next entry begins.
func (e *xlsxEncoder) add(compressed []byte, length int64, sum uint32) error {
	e.header.CRC32 = combineCRC(e.header.CRC32, sum, length)
	e.header.UncompressedSize64 += uint64(length)
	e.header.CompressedSize64 += uint64(len(compressed))
	// Deprecated, but the archive takes them from here where they suffice.
	e.header.UncompressedSize = uint32(min(e.header.UncompressedSize64, math.MaxUint32)) //nolint:staticcheck // see above
	e.header.CompressedSize = uint32(min(e.header.CompressedSize64, math.MaxUint32))     //nolint:staticcheck // see above
	_, err := e.entry.Write(compressed)
	return err
}

func (e *xlsxEncoder) addPlain(text []byte, last bool) error {
	var out strings.Builder
	compressor, err := flate.NewWriter(&out, flate.BestSpeed)
	if err != nil {
		return err
	}
	if _, err = compressor.Write(text); err != nil {
		return err
	}
	if last {
		err = compressor.Close()
	} else {
		err = compressor.Flush() // ends on a byte, so that blocks can follow
	}
	if err != nil {
		return err
	}
	return e.add([]byte(out.String()), int64(len(text)), crc32.ChecksumIEEE(text))
}

// sheetStart is a sheet up to its first item, the header row included.
func (e *xlsxEncoder) sheetStart() ([]byte, error) {
	text := []byte(xmlStandalone + `<worksheet xmlns="` + sheetNamespace + `"><sheetViews><sheetView workbookViewId="0"`)
	if e.sheets == 1 {
		text = append(text, ` tabSelected="1"`...)
	}
	withHeader := !e.options.NoHeader && len(e.columns.Names) > 0
	if withHeader {
		text = append(text, `><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView>`...)
	} else {
		text = append(text, `/>`...)
	}
	text = append(text, `</sheetViews><sheetData>`...)
	if !withHeader {
		return text, nil
	}
	cells := newXLSXCells(e.columns.Names, e.options)
	text = append(text, `<row r="1">`...)
	for i, name := range e.columns.Names {
		text = cells.reference(text, i, []byte("1"))
		var err error
		if text, err = cells.inline(text, i, []byte(name), styleHeader); err != nil {
			return nil, err
		}
	}
	return append(text, `</row>`...), nil
}
