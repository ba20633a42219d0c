package verb

import "github.com/spf13/pflag"

// The groups in which help shows a command's flags, in their order.
const (
	GroupWhich = "which"
	GroupWhat  = "what"
	GroupLook  = "look"
	GroupWhere = "where"
	GroupHow   = "how"
)

// groupKey is the annotation of a flag that has its group.
const groupKey = "apifyctl-group"

// group registers flags and notes the group that they are in.
func group(flags *pflag.FlagSet, name string, register func(*pflag.FlagSet)) {
	if register == nil {
		return
	}
	own := pflag.NewFlagSet(name, pflag.ContinueOnError)
	own.SortFlags = false // the command sorts
	register(own)
	names := []string{name}
	own.VisitAll(func(flag *pflag.Flag) {
		if flag.Annotations == nil {
			flag.Annotations = map[string][]string{}
		}
		flag.Annotations[groupKey] = names
		flags.AddFlag(flag)
	})
}

// Group is the group of a flag; "" for none.
func Group(flag *pflag.Flag) string {
	if names := flag.Annotations[groupKey]; len(names) > 0 {
		return names[0]
	}
	return ""
}

// valuesKey is the annotation of a flag that has the values it can have.
const valuesKey = "apifyctl-values"

// setValues notes the values that a flag can have.
func setValues(flag *pflag.Flag, values []string) {
	if flag.Annotations == nil {
		flag.Annotations = map[string][]string{}
	}
	flag.Annotations[valuesKey] = values
}

// Values are those that a flag can have; nil where they are not certain ones.
func Values(flag *pflag.Flag) []string { return flag.Annotations[valuesKey] }
