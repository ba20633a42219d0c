package export

import (
	"strings"
	"testing"
)

// A string stands without quotes where all readers take it for that string.
func TestYAMLStrings(t *testing.T) {
	long := strings.Repeat("k", longestKey)
	for name, test := range map[string]struct{ json, want string }{
		"letters and digits":      {`azAZ09`, `azAZ09`},
		"one letter":              {`a`, `a`},
		"nothing":                 {``, `""`},
		"other letters":           {`été 日本`, `été 日本`},
		"marks":                   {`a_-./?=()+%b`, `a_-./?=()+%b`},
		"a digit first":           {`1a`, `"1a"`},
		"a mark first":            {`-a`, `"-a"`},
		"a mark of the grammar":   {`a,b`, `"a,b"`},
		"a bracket":               {`a[b`, `"a[b"`},
		"an at sign":              {`a@b`, `"a@b"`},
		"a back quote":            {"a`b", "\"a`b\""},
		"a brace":                 {`a{b`, `"a{b"`},
		"a semicolon":             {`a;b`, `"a;b"`},
		"a slash":                 {`a/b`, `a/b`},
		"a colon inside":          {`a:b`, `a:b`},
		"a colon and a blank":     {`a: b`, `"a: b"`},
		"a colon at the end":      {`a:`, `"a:"`},
		"a blank inside":          {`a b`, `a b`},
		"two blanks":              {`a  b`, `"a  b"`},
		"a blank at the end":      {`a `, `"a "`},
		"a blank first":           {` a`, `" a"`},
		"a comment":               {`a #b`, `"a #b"`},
		"quotes":                  {`say \"\\\"`, `"say \"\\\""`},
		"line ends and tabs":      {`a\n\r\tb`, `"a\n\r\tb"`},
		"control characters":      {`a\u0000\u001f\u007fb`, `"a\u0000\u001f\u007fb"`},
		"the first beyond ASCII":  {`a\u0080b`, `"a\u0080b"`},
		"a replacement":           {`a\ufffdb`, `"a` + "\ufffd" + `b"`},
		"the last of four digits": {`a\uffffb`, `"a\uffffb"`},
		"more than four digits":   {`a\udb40\udc01b`, `"a\U000e0001b"`},
		"an emoji":                {`a\ud83d\ude00`, `a😀`},
		"a boolean in capitals":   {`TRUE`, `"TRUE"`},
		"a boolean of YAML 1.1":   {`Off`, `"Off"`},
		"more than a boolean":     {`trueish`, `trueish`},
		"the longest without":     {long, long},
		"longer than that":        {long + "k", `"` + long + `k"`},
	} {
		got, err := export(t, pagesOf(`["`+test.json+`"]`), "yaml", Options{})
		if want := "- " + test.want + "\n"; err != nil || got != want {
			t.Errorf("%s: got %q, %v, want %q", name, got, err, want)
		}
	}
}

// Readers look for the colon behind a key only so far: a longer one has a mark.
func TestYAMLLongKeys(t *testing.T) {
	long := strings.Repeat("k", longestKey)
	quoted := strings.Repeat("<", longestKey-2)
	deep := func(key string) string {
		return strings.Repeat("[", flowDepth+1) + `{"` + key + `" :1,"b":"` + key + `"}` + strings.Repeat("]", flowDepth+1)
	}
	for name, test := range map[string]struct{ json, want string }{
		"as long as may be":         {`{"` + long + `":1}`, "- " + long + ": 1\n"},
		"longer":                    {`{"a":{"` + long + `k":[1]}}`, "- a:\n    ? \"" + long + "k\"\n    :\n      - 1\n"},
		"as long as may be, quoted": {`{"` + quoted + `":1}`, "- \"" + quoted + "\": 1\n"},
		"longer, quoted":            {`{"` + quoted + `<":1}`, "- ? \"" + quoted + "<\"\n  : 1\n"},
		"as JSON":                   {deep(quoted), "- " + strings.Repeat("- ", flowDepth) + `[{"` + quoted + `": 1, "b": "` + quoted + `"}]` + "\n"},
		"longer, as JSON":           {deep(quoted + "<"), "- " + strings.Repeat("- ", flowDepth) + `[{? "` + quoted + `<": 1, "b": "` + quoted + `<"}]` + "\n"},
	} {
		got, err := export(t, pagesOf("["+test.json+"]"), "yaml", Options{})
		if err != nil || got != test.want {
			t.Errorf("%s: got %q, %v, want %q", name, got, err, test.want)
		}
	}
}

// Below so many steps of indentation there is JSON.
func TestYAMLDepth(t *testing.T) {
	const levels = flowDepth + 2
	got, err := export(t, pagesOf("["+strings.Repeat("[", levels)+"1,{}"+strings.Repeat("]", levels)+"]"), "yaml", Options{})
	if want := "- " + strings.Repeat("- ", flowDepth) + "[[1, {}]]\n"; err != nil || got != want {
		t.Errorf("arrays: %q, %v, want %q", got, err, want)
	}
	got, err = export(t, pagesOf("["+strings.Repeat(`{"k":`, levels)+"[ ]"+strings.Repeat("}", levels)+"]"), "yaml", Options{})
	want := "- k:\n"
	for depth := 2; depth < flowDepth; depth++ {
		want += strings.Repeat("  ", depth) + "k:\n"
	}
	want += strings.Repeat("  ", flowDepth) + "k: " + `{"k": {"k": []}}` + "\n"
	if err != nil || got != want {
		t.Errorf("objects: %q, %v, want %q", got, err, want)
	}
}
