package parquet

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/big"

	"github.com/parquet-go/parquet-go"

	"github.com/apifyctl/apifyctl/internal/export/schema"
)

// readParquetGo is what parquet-go finds in a file. Rows are put together here,
// from the levels that it reads.
func readParquetGo(data []byte, items *schema.Type) (rows []any, err error) {
	reader := parquet.NewReader(bytes.NewReader(data))
	defer func() { err = errors.Join(err, reader.Close()) }()
	some := make([]parquet.Row, 100)
	for {
		count, err := reader.ReadRows(some)
		for _, row := range some[:count] {
			a := newAssembler(row)
			group := make(map[string]any)
			for _, f := range items.Fields {
				group[f.Name] = a.value(f.Type, 0, 0)
			}
			rows = append(rows, group)
		}
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
	}
}

type assembler struct {
	columns [][]parquet.Value
	column  int
}

func newAssembler(row parquet.Row) *assembler {
	a := &assembler{}
	row.Range(func(_ int, values []parquet.Value) bool {
		a.columns = append(a.columns, values)
		return true
	})
	return a
}

// value reads the value at a place whose surroundings have the levels def and rep,
// from the columns that begin at a.column.
func (a *assembler) value(t *schema.Type, def, rep int) any {
	first := a.columns[a.column][0]
	switch {
	case first.DefinitionLevel() <= def:
		a.skip(t)
		return nil
	case t.Kind == schema.Group:
		group := make(map[string]any)
		for _, f := range t.Fields {
			group[f.Name] = a.value(f.Type, def+1, rep)
		}
		return group
	case t.Kind == schema.List:
		list := []any{}
		if first.DefinitionLevel() == def+1 {
			a.skip(t)
			return list
		}
		start := a.column
		for {
			a.column = start
			list = append(list, a.value(t.Element, def+2, rep+1))
			if rest := a.columns[start]; len(rest) == 0 || rest[0].RepetitionLevel() <= rep {
				return list
			}
		}
	}
	a.skip(t)
	return leafValue(t, first)
}

// skip passes over one value of each column of a type.
func (a *assembler) skip(t *schema.Type) {
	for range t.Count() {
		a.columns[a.column] = a.columns[a.column][1:]
		a.column++
	}
}

func leafValue(t *schema.Type, value parquet.Value) any {
	switch t.Kind {
	case schema.Bool:
		return value.Boolean()
	case schema.Int:
		return fmt.Sprint(value.Int64())
	case schema.Double:
		return doubleText(value.Double())
	case schema.Time:
		return millisText(value.Int64())
	case schema.Date:
		return daysText(value.Int32())
	case schema.Decimal:
		return signed(value.ByteArray()).String()
	case schema.JSON:
		return readJSON(value.ByteArray())
	}
	return string(value.ByteArray())
}

func signed(text []byte) *big.Int {
	number := new(big.Int).SetBytes(text)
	if len(text) > 0 && text[0] >= 0x80 {
		number.Sub(number, new(big.Int).Lsh(big.NewInt(1), uint(8*len(text))))
	}
	return number
}
