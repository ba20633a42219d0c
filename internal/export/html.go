package export

import (
	"io"

	"github.com/apifyctl/apifyctl/internal/export/flatten"
)

// htmlEncoder writes a complete page with one table. It needs nothing from the
// network: the style is inside.
type htmlEncoder struct {
	framed
	columns  *flatten.Columns
	nulls    string
	noHeader bool
}

const htmlHead = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Items</title>
<style>
body{margin:0;font:14px/1.4 system-ui,sans-serif;color:#1f2328;background:#fff}
table{border-collapse:collapse}
th,td{padding:4px 10px;border:1px solid #d1d9e0;text-align:left;vertical-align:top;max-width:40em;overflow-wrap:anywhere;white-space:pre-wrap}
th{position:sticky;top:0;background:#f6f8fa;white-space:nowrap}
@media (prefers-color-scheme:dark){body{color:#e6edf3;background:#0d1117}th{background:#151b23}th,td{border-color:#3d444d}a{color:#4493f8}}
</style>
</head>
<body>
<table>
`

const htmlFoot = "</tbody>\n</table>\n</body>\n</html>\n"

func newHTML(w io.Writer, o Options) (encoder, error) {
	escaped := newHTMLText().escape(nil, []byte(o.Nulls))
	return &htmlEncoder{framed: framed{w: w, foot: htmlFoot}, nulls: string(escaped), noHeader: o.NoHeader}, nil
}

func (e *htmlEncoder) begin(columns *flatten.Columns) error {
	e.columns = columns
	head := []byte(htmlHead)
	if !e.noHeader && len(columns.Names) > 0 {
		text := newHTMLText()
		head = append(head, "<thead>\n<tr>"...)
		for _, name := range columns.Names {
			head = append(head, "<th>"...)
			head = text.escape(head, []byte(name))
			head = append(head, "</th>"...)
		}
		head = append(head, "</tr>\n</thead>\n"...)
	}
	e.head = string(append(head, "<tbody>\n"...))
	return nil
}

func (e *htmlEncoder) worker() pageEncoder {
	rows := &htmlRows{text: newHTMLText(), nulls: e.nulls}
	return newRowPages(e.columns, rows.row)
}

type htmlRows struct {
	text  *markup
	nulls string
}

func (r *htmlRows) row(dst []byte, cells *flatten.Cells, _ int) ([]byte, error) {
	dst = append(dst, "<tr>"...)
	for i := range cells.Spans {
		value := cells.Value(i)
		dst = append(dst, "<td>"...)
		switch {
		case value == nil || value[0] == 'n':
			dst = append(dst, r.nulls...)
		case value[0] != '"':
			dst = r.text.escape(dst, value)
		case startsWithHTTP(value[1:]):
			dst = r.link(dst, r.text.text(value))
		default:
			dst = r.text.scalar(dst, value)
		}
		dst = append(dst, "</td>"...)
	}
	return append(dst, "</tr>\n"...), nil
}

// link appends text, as a link where it is the address of a web page.
func (r *htmlRows) link(dst, text []byte) []byte {
	if !isWebAddress(text) {
		return r.text.escape(dst, text)
	}
	dst = append(dst, `<a rel="noopener noreferrer" href="`...)
	start := len(dst)
	dst = r.text.escape(dst, text)
	end := len(dst)
	dst = append(dst, `">`...)
	dst = append(dst, dst[start:end]...)
	return append(dst, "</a>"...)
}
