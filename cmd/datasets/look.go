package datasets

import (
	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/export"
)

// lookFlags change how an export looks, in the formats where that means
// something.
type lookFlags struct {
	delimiter string
	bom       bool
	bomGiven  bool
	noHeader  bool
	nulls     string
}

func (f *lookFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.delimiter, "delimiter", "", `what stands between the cells of csv (default ","; \t is a tab)`)
	flags.BoolVar(&f.bom, "bom", false, "start with a byte order mark (csv has one unless --bom=false)")
	flags.BoolVar(&f.noHeader, "no-header", false, "leave the header row out")
	flags.StringVar(&f.nulls, "nulls", "", "what an empty cell holds")
}

func (f *lookFlags) given(flags *pflag.FlagSet) { f.bomGiven = flags.Changed("bom") }

// apply refuses what the format cannot do, rather than leaving it out silently.
func (f *lookFlags) apply(format export.Format, o *export.Options) error {
	delimiter, err := delimiterOf(f.delimiter)
	if err != nil {
		return err
	}
	if delimiter != 0 && format.Name != "csv" {
		return app.Usagef("--delimiter goes with csv, not with %s", format.Name)
	}
	if (f.noHeader || f.nulls != "") && !format.Columns && format.Name != "table" {
		return app.Usagef("--no-header and --nulls go with formats that have columns, not with %s", format.Name)
	}
	o.BOM = nil
	if f.bomGiven {
		o.BOM = &f.bom
	}
	o.Delimiter, o.NoHeader, o.Nulls = delimiter, f.noHeader, f.nulls
	return nil
}
