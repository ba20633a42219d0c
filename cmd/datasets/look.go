package datasets

import (
	"slices"
	"unicode/utf8"

	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/internal/export"
	"github.com/apifyctl/apifyctl/internal/failure"
)

// lookFlags change how an export looks, in the formats where that means
// something.
type lookFlags struct {
	delimiter string
	bom       bool
	bomGiven  bool
	quote     string
	crlf      bool
	noHeader  bool
	nulls     string
	truncate  bool

	parquet parquetFlags

	xmlRoot, xmlRow            string
	feedTitle, feedDescription string
}

// The values of --quote.
const (
	quoteNeeded = "needed"
	quoteAll    = "all"
)

func (f *lookFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.delimiter, "delimiter", "", `what stands between the cells of csv (default ","; \t is a tab)`)
	flags.BoolVar(&f.bom, "bom", false, "start with a byte order mark (csv has one unless --bom=false)")
	flags.StringVar(&f.quote, "quote", "", "which cells of csv and tsv stand in quotes: needed (those that readers would get wrong otherwise), all")
	flags.BoolVar(&f.crlf, "crlf", false, "end the lines of csv and tsv with CR LF")
	flags.BoolVar(&f.noHeader, "no-header", false, "leave the header row out")
	flags.StringVar(&f.nulls, "nulls", "", "what an empty cell holds")
	flags.BoolVar(&f.truncate, "truncate", false, "cut off what a format has no room for (columns beyond 2000, long names, long cells of xlsx) with a warning, instead of failing")
	flags.StringVar(&f.xmlRoot, "xml-root", "", "outermost element of xml (default items)")
	flags.StringVar(&f.xmlRow, "xml-row", "", "element of an item in xml (default item)")
	flags.StringVar(&f.feedTitle, "feed-title", "", "title of the rss feed (default Dataset NAME)")
	flags.StringVar(&f.feedDescription, "feed-description", "", "description of the rss feed")
	f.parquet.add(flags)
}

// apply refuses what the format cannot do, rather than leaving it out silently.
func (f *lookFlags) apply(format export.Format, o *export.Options) error {
	delimiter, err := delimiterOf(f.delimiter)
	if err != nil {
		return err
	}
	if delimiter != 0 && format.Name != "csv" {
		return failure.Usagef("--delimiter goes with csv, not with %s", format.Name)
	}
	if (f.noHeader || f.nulls != "") && !format.Columns && format.Name != "table" {
		return failure.Usagef("--no-header and --nulls go with formats that have columns, not with %s", format.Name)
	}
	if err := f.goesWith(format); err != nil {
		return err
	}
	if err := f.parquet.apply(format, o); err != nil {
		return err
	}
	o.BOM = nil
	if f.bomGiven {
		o.BOM = &f.bom
	}
	o.Delimiter, o.NoHeader, o.Nulls = delimiter, f.noHeader, f.nulls
	o.QuoteAll, o.CRLF = f.quote == quoteAll, f.crlf
	o.Truncate = f.truncate
	o.XMLRoot, o.XMLRow = f.xmlRoot, f.xmlRow
	o.FeedTitle, o.FeedDescription = f.feedTitle, f.feedDescription
	return nil
}

func (f *lookFlags) goesWith(format export.Format) error {
	switch name := format.Name; {
	case (f.quote != "" || f.crlf) && name != "csv" && name != "tsv":
		return failure.Usagef("--quote and --crlf go with csv and tsv, not with %s", name)
	case !slices.Contains([]string{"", quoteNeeded, quoteAll}, f.quote):
		return failure.Usagef("--quote must be %s or %s", quoteNeeded, quoteAll)
	case f.truncate && !format.Columns && name != "parquet":
		return failure.Usagef("--truncate goes with formats that have limits, not with %s", name)
	case (f.xmlRoot != "" || f.xmlRow != "") && name != "xml":
		return failure.Usagef("--xml-root and --xml-row go with xml, not with %s", name)
	case (f.feedTitle != "" || f.feedDescription != "") && name != "rss":
		return failure.Usagef("--feed-title and --feed-description go with rss, not with %s", name)
	case f.bomGiven && format.Binary:
		return failure.Usagef("--bom goes with text, not with %s", name)
	}
	for _, element := range []string{f.xmlRoot, f.xmlRow} {
		if element != "" && !export.IsXMLName(element) {
			return failure.Usagef("%q cannot be the name of an XML element", element)
		}
	}
	return nil
}

// delimiterOf reads the value of a --delimiter flag; "" is 0.
func delimiterOf(text string) (rune, error) {
	if text == "" {
		return 0, nil
	}
	if text == `\t` {
		return '\t', nil
	}
	delimiter, size := utf8.DecodeRuneInString(text)
	if size != len(text) || delimiter == utf8.RuneError || delimiter == '"' || delimiter == '\r' || delimiter == '\n' {
		return 0, failure.Usagef("--delimiter must be one character other than a quote or a line end")
	}
	return delimiter, nil
}
