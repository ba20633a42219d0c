package console

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"
)

// A browser asks for modules one by one, and finds their imports one behind the
// other, which takes longer than all the rest. So they are sent as one script.

// script puts a module and all that it imports into one: each is a function that
// returns what the module exports, after those that it needs. imports says which
// files names stand for. Imports and exports begin a line, as ours do; those of
// the libraries stand elsewhere, too.
func script(folder fs.FS, main string, imports map[string]string) (string, error) {
	b := bundle{folder: folder, imports: imports, done: map[string]bool{}, syntax: newSyntax()}
	b.text.WriteString("const modules = {};\n")
	if err := b.add(main); err != nil {
		return "", err
	}
	// What would end the script, or have browsers look for its end elsewhere.
	text := b.text.String()
	for _, mark := range []string{"</script", "<script", "<!--"} {
		if strings.Contains(strings.ToLower(text), mark) {
			return "", fmt.Errorf("a script holds %s", mark)
		}
	}
	return text, nil
}

type bundle struct {
	folder  fs.FS
	imports map[string]string
	done    map[string]bool // false: its imports are being added
	text    strings.Builder
	syntax
}

// syntax is what is read of modules. Each begins with what the engine can look for
// byte by byte; texts begin with a line break.
type syntax struct {
	importing, declaring, listing, defaulted, mapping, debugging *regexp.Regexp
	unread                                                       []*regexp.Regexp
}

func newSyntax() syntax {
	return syntax{
		importing: regexp.MustCompile(`\nimport *(\{[^}]*\}|\w+) *from *['"]([^'"]+)['"];`),
		declaring: regexp.MustCompile(`\nexport ((?:async )?function\*? ?|class |const )(\w+)`),
		listing:   regexp.MustCompile(`export\{([^}]*)\};`),
		defaulted: regexp.MustCompile(`export default (function\()`),
		mapping:   regexp.MustCompile(`([\w$]+) as ([\w$]+)`),
		debugging: regexp.MustCompile(`\n//# sourceMappingURL=.*`),
		unread: []*regexp.Regexp{
			regexp.MustCompile(`\nimport\b.*`), regexp.MustCompile(`\nexport\b.*`),
			regexp.MustCompile(`;import\b.{0,20}`), regexp.MustCompile(`;export\b.{0,20}`),
		},
	}
}

func (b *bundle) add(name string) error {
	if over, begun := b.done[name]; begun {
		if !over {
			return fmt.Errorf("%s imports itself", name)
		}
		return nil
	}
	b.done[name] = false
	content, err := fs.ReadFile(b.folder, name)
	if err != nil {
		return err
	}
	text := b.debugging.ReplaceAllString("\n"+string(content), "")
	for _, found := range b.importing.FindAllStringSubmatch(text, -1) {
		file := b.file(name, found[2])
		if err := b.add(file); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		names := b.mapping.ReplaceAllString(found[1], "$1: $2")
		if !strings.HasPrefix(names, "{") {
			names = "{ default: " + names + " }"
		}
		text = strings.Replace(text, found[0], fmt.Sprintf("\nconst %s = modules[%q];", names, file), 1)
	}
	var exported []string
	for _, found := range b.declaring.FindAllStringSubmatch(text, -1) {
		exported = append(exported, found[2])
	}
	for _, found := range b.listing.FindAllStringSubmatch(text, -1) {
		exported = append(exported, b.mapping.ReplaceAllString(found[1], "$2: $1"))
	}
	text = b.declaring.ReplaceAllString(text, "\n$1$2")
	text = b.listing.ReplaceAllString(text, "")
	if b.defaulted.MatchString(text) {
		text = b.defaulted.ReplaceAllString(text, "const defaulted = $1")
		exported = append(exported, "default: defaulted")
	}
	for _, left := range b.unread {
		if found := left.FindString(text); found != "" {
			return fmt.Errorf("%s: this cannot be read: %s", name, strings.TrimSpace(found))
		}
	}
	fmt.Fprintf(&b.text, "modules[%q] = (() => {\n%s\nreturn { %s };\n})();\n", name, strings.TrimSpace(text), strings.Join(exported, ", "))
	b.done[name] = true
	return nil
}

// file is the one that an import in another file means.
func (b *bundle) file(from, name string) string {
	if file, ok := b.imports[name]; ok {
		return file
	}
	return path.Join(path.Dir(from), name)
}
