package failure

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"testing"
)

func TestText(t *testing.T) {
	_, missing := os.Stat("nothing.json")
	_, noNumber := strconv.ParseInt("x", 10, 64)
	_, tooLarge := strconv.ParseInt("99999999999999999999", 10, 64)
	broken := json.Unmarshal([]byte("nope"), new(any))
	for _, test := range []struct {
		name string
		err  error
		want string
	}{
		{"own words", errors.New("nothing answers"), "nothing answers"},
		{"no file", fmt.Errorf("put: %w", missing), "put: nothing.json: there is no such file or folder"},
		{"no number", noNumber, `"x" is not a number`},
		{"too large", tooLarge, `"99999999999999999999" is too large a number`},
		{"no JSON", fmt.Errorf("INPUT: %w", broken), "INPUT: it is not valid JSON at byte 2"},
		{"interrupted", fmt.Errorf("export: %w", context.Canceled), "export: interrupted"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := Text(test.err); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
