// Package parquet holds what other readers make of our Parquet files against the
// items that were written. It is a module of its own, so that those readers stay
// out of the program's go.mod.
package parquet

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/apifyctl/apifyctl/internal/export/schema"
)

// expected is what a reader should find where value stands: times, dates and
// strings as text, numbers as the text of what the column holds, JSON text decoded.
func expected(t *schema.Type, value any) any {
	if value == nil {
		return nil
	}
	switch t.Kind {
	case schema.Group:
		members, _ := value.(map[string]any)
		group := make(map[string]any)
		for _, f := range t.Fields {
			group[f.Name] = expected(f.Type, members[f.Key])
		}
		return group
	case schema.List:
		elements, _ := value.([]any)
		list := []any{}
		for _, element := range elements {
			list = append(list, expected(t.Element, element))
		}
		return list
	case schema.Double:
		number, _ := value.(json.Number)
		float, _ := number.Float64()
		return doubleText(float)
	case schema.Int, schema.Decimal:
		return fmt.Sprint(value)
	case schema.JSON:
		return canonical(value)
	}
	return value
}

func doubleText(value float64) string { return fmt.Sprintf("%b", value) }

// canonical is JSON text that is the same for the same value.
func canonical(value any) string {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return "error: " + err.Error()
	}
	return strings.TrimSuffix(out.String(), "\n")
}

// decode reads JSON text with numbers as they stand.
func decode(text []byte) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	err := decoder.Decode(&value)
	return value, err
}

// readJSON is what a column of JSON text holds.
func readJSON(text []byte) any {
	value, err := decode(text)
	if err != nil {
		return fmt.Sprintf("error: %v in %q", err, text)
	}
	return canonical(value)
}

func millisText(millis int64) string {
	return time.UnixMilli(millis).UTC().Format("2006-01-02T15:04:05.000Z")
}

func daysText(days int32) string {
	return time.Unix(int64(days)*24*60*60, 0).UTC().Format(time.DateOnly)
}

// generator makes items that are hard on encoders.
type generator struct {
	*rand.Rand
	shapes map[string]int // what stands at a place, so that most values there agree
}

func newGenerator(seed uint64) *generator {
	return &generator{Rand: rand.New(rand.NewPCG(seed, 1)), shapes: make(map[string]int)}
}

// page is a JSON array of items.
func (g *generator) page(items int) []byte {
	var out bytes.Buffer
	out.WriteByte('[')
	for i := range items {
		if i > 0 {
			out.WriteByte(',')
		}
		g.object(&out, "", 0)
	}
	out.WriteByte(']')
	return out.Bytes()
}

func (g *generator) object(out *bytes.Buffer, path string, depth int) {
	keys := []string{"a", "b", "A", "a b", "a/b", "a.b", "", "ключ", "😀", "list", "element", "key_value", "_1", "a_1", "\u0000", `"`}
	out.WriteByte('{')
	written := 0
	for _, key := range keys {
		if g.IntN(3) == 0 || depth > 0 && g.IntN(2) == 0 {
			continue
		}
		if written > 0 {
			out.WriteByte(',')
		}
		written++
		text, _ := json.Marshal(key)
		out.Write(text)
		out.WriteByte(':')
		g.value(out, path+"/"+key, depth+1)
	}
	out.WriteByte('}')
}

func (g *generator) value(out *bytes.Buffer, path string, depth int) {
	const mixed = 13
	shape, known := g.shapes[path]
	if !known {
		shape = g.IntN(mixed + 1)
		g.shapes[path] = shape
	}
	if shape == mixed {
		shape = g.IntN(mixed)
	}
	pick := func(texts ...string) { out.WriteString(texts[g.IntN(len(texts))]) }
	switch {
	case g.IntN(8) == 0:
		out.WriteString("null")
	case shape == 0:
		pick("true", "false")
	case shape == 1:
		pick("0", "1", "-1", "9223372036854775807", "-9223372036854775808", fmt.Sprint(g.Int64()))
	case shape == 2:
		pick("0", "9223372036854775808", "-99999999999999999999999999999999999999", fmt.Sprint(g.Int64()))
	case shape == 3:
		pick("0.5", "1e300", "-2.25", "3", "0.1", "5e-324", "1.7976931348623157e308", "0.0", "1.0", fmt.Sprintf("%.3f", g.Float64()*1000))
	case shape == 4:
		pick("0.12345678901234567890123", "-0", "1e999", "1.5")
	case shape == 5:
		pick(`"2024-02-29T23:59:59.999Z"`, `"0001-01-01T00:00:00.000Z"`, `"9999-12-31T23:59:59.999Z"`, `"1969-12-31T23:59:59.001Z"`)
	case shape == 6:
		pick(`"2024-02-29"`, `"0001-01-01"`, `"9999-12-31"`, `"1969-12-31"`)
	case shape == 7:
		pick(`""`, `"x"`, `"2024-02-29"`, `"ä\n\"\\\u0000"`, `"\ud83d\ude00"`, `"😀"`, `"`+strings.Repeat("long ", g.IntN(100))+`"`, fmt.Sprintf(`"%d"`, g.IntN(1e6)))
	case shape <= 9 && depth < 4:
		g.object(out, path, depth)
	case shape == 10:
		pick("{}", "[]", "null")
	case depth < 4:
		out.WriteByte('[')
		for i := range g.IntN(4) {
			if i > 0 {
				out.WriteByte(',')
			}
			g.value(out, path+"[]", depth+1)
		}
		out.WriteByte(']')
	default:
		out.WriteString("1")
	}
}
