package parquet

import (
	"bytes"
	"context"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"github.com/apifyctl/apifyctl/internal/export/schema"
)

// readArrow is what arrow-go finds in a file.
func readArrow(ctx context.Context, data []byte) (items *schema.Type, rows []any, err error) {
	reader, err := file.NewParquetReader(bytes.NewReader(data))
	if err != nil {
		return nil, nil, err
	}
	pairs := reader.MetaData().KeyValueMetadata()
	items, err = schema.Parse([]byte(*pairs.FindValue("apifyctl.schema")))
	if err != nil {
		return nil, nil, err
	}
	table, err := pqarrow.ReadTable(ctx, bytes.NewReader(data), parquet.NewReaderProperties(memory.DefaultAllocator), pqarrow.ArrowReadProperties{}, memory.DefaultAllocator)
	if err != nil {
		return items, nil, err
	}
	rows = make([]any, table.NumRows())
	for i := range rows {
		rows[i] = make(map[string]any)
	}
	for c := range int(table.NumCols()) {
		column := table.Column(c)
		field := items.Fields[c]
		if column.Name() != field.Name {
			return items, nil, fmt.Errorf("column %d is %q, want %q", c, column.Name(), field.Name)
		}
		row := 0
		for _, chunk := range column.Data().Chunks() {
			for i := range chunk.Len() {
				rows[row].(map[string]any)[field.Name] = arrowValue(field.Type, chunk, i)
				row++
			}
		}
	}
	return items, rows, nil
}

func arrowValue(t *schema.Type, values arrow.Array, i int) any {
	if values.IsNull(i) {
		return nil
	}
	if extension, ok := values.(array.ExtensionArray); ok {
		return arrowValue(t, extension.Storage(), i)
	}
	switch values := values.(type) {
	case *array.Boolean:
		return values.Value(i)
	case *array.Int64:
		return fmt.Sprint(values.Value(i))
	case *array.Float64:
		return doubleText(values.Value(i))
	case *array.Decimal128:
		return values.Value(i).BigInt().String()
	case *array.Timestamp:
		if unit := values.DataType().(*arrow.TimestampType); unit.Unit != arrow.Millisecond || unit.TimeZone != "UTC" {
			return fmt.Sprintf("error: %s", unit)
		}
		return millisText(int64(values.Value(i)))
	case *array.Date32:
		return daysText(int32(values.Value(i)))
	case *array.String:
		if t.Kind == schema.JSON {
			return readJSON([]byte(values.Value(i)))
		}
		return values.Value(i)
	case *array.Binary:
		if t.Kind == schema.JSON {
			return readJSON(values.Value(i))
		}
	case *array.Struct:
		group := make(map[string]any)
		for f, field := range t.Fields {
			group[values.DataType().(*arrow.StructType).Field(f).Name] = arrowValue(field.Type, values.Field(f), i)
		}
		return group
	case *array.List:
		list := []any{}
		start, end := values.ValueOffsets(i)
		for element := start; element < end; element++ {
			list = append(list, arrowValue(t.Element, values.ListValues(), int(element)))
		}
		return list
	}
	return fmt.Sprintf("error: %s of %T", t, values)
}
