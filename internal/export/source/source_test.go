package source

import (
	"errors"
	"testing"
)

func TestColumn(t *testing.T) {
	for _, test := range []struct{ name, page, want string }{
		{"items", `[{"a":1},{"b":2}]`, `[{"from":"x\"y","a":1},{"from":"x\"y","b":2}]`},
		{"without members", "[ { } ,\n{}]", `[{"from":"x\"y" },{"from":"x\"y"}]`},
		{"none", `[]`, `[]`},
		{"the name inside", `[{"a":{"from":1},"b":"from"}]`, `[{"from":"x\"y","a":{"from":1},"b":"from"}]`},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := (&Column{Name: "from"}).Add([]byte(test.page), `x"y`)
			if err != nil || string(got) != test.want {
				t.Errorf("%s, %v; want %s", got, err, test.want)
			}
		})
	}
}

func TestColumnIsTaken(t *testing.T) {
	for _, page := range []string{`[{"a":1},{"a":1,"from":2}]`, `[{"\u0066rom":1}]`} {
		if got, err := (&Column{Name: "from"}).Add([]byte(page), "x"); !errors.Is(err, ErrTaken) {
			t.Errorf("%s became %s, %v", page, got, err)
		}
	}
	for _, page := range []string{`[1]`, `[{"a":1}`, `[[{"a":1}]]`} {
		if got, err := (&Column{Name: "from"}).Add([]byte(page), "x"); err == nil {
			t.Errorf("%s became %s", page, got)
		}
	}
}
