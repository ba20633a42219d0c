package datasets

import (
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/internal/export"
	"github.com/apifyctl/apifyctl/internal/export/schema"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/items"
)

// parquetFlags say how items become columns of Parquet.
type parquetFlags struct {
	compression string
	wide        string
	noDates     bool
	schema      string

	read *schema.Type // of the file, once it was read
}

const (
	wideJSON   = "json"
	wideStruct = "struct"
)

func (f *parquetFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.compression, "compression", "", "how pages of parquet are compressed: "+strings.Join(export.ParquetCompressions(), ", ")+" (default zstd)")
	addTypeFlags(flags, &f.noDates, &f.wide)
	flags.StringVar(&f.schema, "schema", "", "write parquet in one pass with the columns of this file, which datasets schema --as json-schema prints")
}

// addTypeFlags registers how types are made of items.
func addTypeFlags(flags *pflag.FlagSet, noDates *bool, wide *string) {
	flags.BoolVar(noDates, "no-dates", false, "leave times and dates as text in parquet")
	flags.StringVar(wide, "wide", "", "how parquet holds objects that have IDs as keys: json (text) or struct (a column for each key) (default json)")
}

func checkWide(wide string) error {
	if wide != "" && wide != wideJSON && wide != wideStruct {
		return failure.Usagef("--wide must be %s or %s, not %q", wideJSON, wideStruct, wide)
	}
	return nil
}

// parquetValues are those that the flags can have.
func parquetValues() map[string][]string {
	return map[string][]string{"compression": export.ParquetCompressions(), "wide": {wideJSON, wideStruct}}
}

// withValues are values of one more flag.
func withValues(values map[string][]string, flag string, more []string) map[string][]string {
	values[flag] = more
	return values
}

func (f *parquetFlags) apply(format export.Format, o *export.Options) error {
	if format.Name != "parquet" {
		if f.compression != "" || f.noDates || f.wide != "" || f.schema != "" {
			return failure.Usagef("--compression, --no-dates, --wide and --schema go with parquet, not with %s", format.Name)
		}
		return nil
	}
	switch {
	case f.compression != "" && !slices.Contains(export.ParquetCompressions(), f.compression):
		return failure.Usagef("--compression must be one of %s, not %q", strings.Join(export.ParquetCompressions(), ", "), f.compression)
	case f.schema != "" && (f.noDates || f.wide != ""):
		return failure.Usagef("--no-dates and --wide do not go with --schema, which says what the columns are")
	}
	if err := checkWide(f.wide); err != nil {
		return err
	}
	if f.schema != "" && f.read == nil {
		var err error
		if f.read, err = items.ReadSchema(f.schema); err != nil {
			return err
		}
	}
	o.Parquet.Compression, o.Parquet.NoDates, o.Parquet.WideStruct, o.Parquet.Schema = f.compression, f.noDates, f.wide == wideStruct, f.read
	return nil
}
