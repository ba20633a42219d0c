package export

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/apifyctl/apifyctl/internal/export/schema"
)

// profiledPages looks at items that should fit a JSON schema: its types, or all of it.
func profiledPages(t *testing.T, types, rules string, pages ...string) (*Profile, error) {
	t.Helper()
	var against Against
	var err error
	if types != "" {
		if against.Type, err = schema.Parse([]byte(types)); err != nil {
			t.Fatal(err)
		}
	}
	if rules != "" {
		if against.Rules, err = schema.ParseRules([]byte(rules)); err != nil {
			t.Fatal(err)
		}
	}
	return NewProfile(t.Context(), PagesOf(pagesOf(pages...)), ProfileSeed(), against)
}

// told is what a profile says of items that do not fit, a line a kind.
func told(p *Profile) string {
	var lines []string
	for _, m := range p.Misfits {
		lines = append(lines, fmt.Sprintf("%s wants %s, has %s: item %d and %d in all", m.Field, m.Want, m.Got, m.First, m.Items))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func TestProfileTellsMisfits(t *testing.T) {
	const types = `{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"array","items":{"type":"string"}}}}`
	const rules = `{"type":"object","properties":{"a":{"minimum":5}},"required":["a"]}`
	pages := []string{`[{"a":5},{"a":"x"},{"a":6,"b":["y",1,2]}]`, `[]`, `[{"a":"z","b":[3]},{"d":1,"c":1},{"a":4}]`, `[{"a":5,"b0":1}]`}
	const wrongTypes = "a wants INT64, has a string: item 2 and 2 in all\nb[] wants STRING, has an integer: item 3 and 2 in all"
	const tooSmall, missing = "a wants must be >= 5, has a number: item 6 and 1 in all", "a wants must have required property 'a', has missing: item 5 and 1 in all"
	for name, test := range map[string]struct {
		types, rules string
		misfit       int64
		want         string
		unknown      []string
	}{
		"nothing asked for": {"", "", 0, "", nil},
		"types":             {types, "", 3, wrongTypes, []string{"b0", "c", "d"}},
		"rules":             {"", rules, 2, tooSmall + "\n" + missing, nil},
		"both":              {types, rules, 5, strings.Replace(wrongTypes, "\n", "\n"+tooSmall+"\n"+missing+"\n", 1), []string{"b0", "c", "d"}},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := profiledPages(t, test.types, test.rules, pages...)
			if err != nil {
				t.Fatal(err)
			}
			if p.Items != 7 || p.Misfit != test.misfit || p.More || !slices.Equal(p.Unknown, test.unknown) {
				t.Errorf("%d items, %d do not fit, more: %v, unknown %q", p.Items, p.Misfit, p.More, p.Unknown)
			}
			if got := told(p); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

// Elements of an array that are wrong in the same way count once for their item.
func TestProfileCountsItemsNotElements(t *testing.T) {
	const rules = `{"type":"object","properties":{"l":{"type":"array","items":{"type":"object","properties":{"a":{"type":"boolean"},"b":{"type":"boolean"}}}}}}`
	p, err := profiledPages(t, "", rules, `[{"l":[{"a":1,"b":2},{"a":3},{"a":"x"}]},{"l":[{"a":true},{"a":4}]}]`)
	if err != nil {
		t.Fatal(err)
	}
	const want = "l[]/a wants must be boolean, has a number: item 1 and 2 in all\nl[]/a wants must be boolean, has a string: item 1 and 1 in all\nl[]/b wants must be boolean, has a number: item 1 and 1 in all"
	if got := told(p); got != want || p.Misfit != 2 {
		t.Errorf("%d items do not fit:\n%s\nwant\n%s", p.Misfit, got, want)
	}
}

func TestProfileBoundsWhatItTells(t *testing.T) {
	for count, more := range map[int]bool{maxMisfits: false, maxMisfits + 1: true} {
		var properties, items []string
		for i := range count {
			properties = append(properties, fmt.Sprintf(`"f%d":{"type":"integer"}`, i))
			items = append(items, fmt.Sprintf(`{"f%d":"x"}`, i))
		}
		types := `{"type":"object","properties":{` + strings.Join(properties, ",") + `}}`
		for name, pages := range map[string][]string{"one page": {strings.Join(items, ",")}, "many pages": items} {
			for i := range pages {
				pages[i] = "[" + pages[i] + "]"
			}
			p, err := profiledPages(t, types, "", pages...)
			if err != nil {
				t.Fatal(err)
			}
			if len(p.Misfits) != maxMisfits || p.More != more || p.Misfit != int64(count) {
				t.Errorf("%d misfits in %s: %d are told of %d, more: %v", count, name, len(p.Misfits), p.Misfit, p.More)
			}
		}
	}
}

func TestProfileBoundsUnknownFields(t *testing.T) {
	for _, count := range []int{maxUnknown - 1, maxUnknown, maxUnknown + 1, 3 * maxUnknown} {
		p, err := profiledPages(t, `{"type":"object","properties":{"a":{"type":"string"}}}`, "", "[{"+wideMembers(count)+"},{}]", "[{"+wideMembers(count)+"}]")
		if err != nil || len(p.Unknown) != min(count, maxUnknown) || !slices.IsSorted(p.Unknown) || p.Misfit != 0 {
			t.Errorf("%d fields: %v, %d are named: %q", count, err, len(p.Unknown), p.Unknown)
		}
	}
}

func TestProfileNamesBrokenItems(t *testing.T) {
	for name, page := range map[string]string{"cut off": `[{"a":2},{"a":3`, "missing": `[{"a":2},]`, "no object": `[{"a":2},7]`, "no UTF-8": "[{\"a\":2},{\"a\":\"\xff\"}]"} {
		_, err := profiledPages(t, "", "", `[{"a":1}]`, page)
		if item, ok := errors.AsType[*ItemError](err); !ok || item.Item != 3 {
			t.Errorf("an item that is %s: error %v, want one of item 3", name, err)
		}
	}
}
