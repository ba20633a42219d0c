package awsconfig

import (
	"os"
	"strings"
)

// section is what stands below a heading: values under their names, which are in
// small letters. The members of a value, as a section of services has them, are
// under "value.member".
type section map[string]string

// readSections reads one of the two files that Amazon's tools share. One that cannot
// be read has no sections, whatever the reason is: there may be no user's folder, or
// it may be somebody else's, and the credentials somewhere else.
func readSections(path string) map[string]section {
	if path == "" {
		return nil
	}
	text, err := readFile(path)
	if err != nil {
		return nil
	}
	return parse(string(text))
}

// readFile reads what the user's own configuration names.
func readFile(path string) ([]byte, error) { return os.ReadFile(path) } //nolint:gosec // see there

// parse is forgiving, as Amazon's tools are: what it does not understand is left out.
func parse(text string) map[string]section {
	sections := map[string]section{}
	var current section
	outer := "" // the value whose members follow
	for line := range strings.Lines(strings.TrimPrefix(text, "\ufeff")) {
		line = strings.TrimRight(line, " \t\r\n")
		content := strings.TrimLeft(line, " \t")
		indented := len(content) < len(line)
		switch {
		case content == "" || content[0] == '#' || content[0] == ';':
		case content[0] == '[':
			current, outer = nil, ""
			if name, _, closed := strings.Cut(content[1:], "]"); closed {
				name = strings.Join(strings.Fields(name), " ")
				if sections[name] == nil {
					sections[name] = section{}
				}
				current = sections[name]
			}
		case current != nil:
			name, value, ok := property(content)
			switch {
			case !ok:
			case indented && outer != "":
				current[outer+"."+name] = value
			default:
				current[name], outer = value, ""
				if value == "" {
					outer = name
				}
			}
		}
	}
	return sections
}

func property(line string) (name, value string, ok bool) {
	at := strings.IndexAny(line, "=:")
	if at < 0 {
		return "", "", false
	}
	name, value = strings.ToLower(strings.TrimSpace(line[:at])), line[at+1:]
	for _, comment := range []string{" #", " ;", "\t#", "\t;"} {
		value, _, _ = strings.Cut(value, comment)
	}
	return name, unquoted(strings.TrimSpace(value)), name != ""
}

// unquoted takes one pair of quotation marks away.
func unquoted(value string) string {
	if n := len(value); n >= 2 && value[0] == value[n-1] && (value[0] == '"' || value[0] == '\'') {
		return value[1 : n-1]
	}
	return value
}
