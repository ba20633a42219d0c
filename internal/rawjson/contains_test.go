package rawjson

import "testing"

func TestContainsText(t *testing.T) {
	const item = `{"url": "https:\/\/a.com\/x?a=1\u0026b=2", "plain":"https://b.com/y", "n":[12.50 ,true,null], "Gr\u00fc\u00dfe":"\"q\""}`
	for _, c := range []struct {
		name, text string
		want       bool
	}{
		{"in a value", "b.com/y", true},
		{"with escaped slashes", "https://a.com/x", true},
		{"behind an escape", "a=1&b=2", true},
		{"in a name", "plain", true},
		{"in a name with escapes", "Grüße", true},
		{"a quote", `"q"`, true},
		{"a number as it is spelled", "12.50", true},
		{"a boolean", "true", true},
		{"not there", "c.com", false},
		{"of two values", `y", "n`, false},
		{"what makes JSON", `":[`, false},
		{"quotes around a name", `"plain"`, false},
		{"a name and what follows it", `plain":`, false},
		{"a number and what follows it", `12.50 ,`, false},
		{"an escape as it is written", `\u0026`, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, err := ContainsText([]byte(item), []byte(c.text)); got != c.want || err != nil {
				t.Errorf("%s contains %s: %v, %v, want %v", item, c.text, got, err, c.want)
			}
		})
	}
	if found, err := ContainsText([]byte(`12`), []byte(`12`)); !found || err != nil {
		t.Errorf("a number alone: %v, %v", found, err)
	}
	if found, err := ContainsText([]byte(`{"a`), []byte("a")); found || err == nil {
		t.Errorf("a text that is broken off: %v, %v, want an error", found, err)
	}
}
