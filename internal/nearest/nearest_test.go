package nearest

import "testing"

func TestName(t *testing.T) {
	names := []string{"api-url", "local", "token-in"}
	for _, c := range []struct{ name, given, want string }{
		{"letters in another order", "lcoal", "local"},
		{"another case", "API-URL", "api-url"},
		{"without a hyphen", "apiurl", "api-url"},
		{"nothing alike", "colour", ""},
		{"nothing at all", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Name(c.given, names); got != c.want {
				t.Errorf("nearest to %q is %q, want %q", c.given, got, c.want)
			}
		})
	}
}
