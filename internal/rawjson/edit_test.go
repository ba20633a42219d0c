package rawjson_test

import (
	"errors"
	"testing"

	"github.com/apifyctl/apifyctl/internal/rawjson"
)

func TestEdit(t *testing.T) {
	errRefused := errors.New("refused")
	edit := func(m rawjson.Member) ([]byte, error) {
		switch m.Name() {
		case "gone":
			return nil, nil
		case "n":
			return []byte("0"), nil
		case "bad":
			return nil, errRefused
		}
		return m.Value, nil
	}
	tests := []struct {
		name, object, want string
		failed             error
	}{
		{"nothing to do", `{"a":1,"b":[2, 3]}`, `{"a":1,"b":[2, 3]}`, nil},
		{"white space goes, order stays", "{ \"b\" : 1 ,\n\"a\":\"x y\"}", `{"b":1,"a":"x y"}`, nil},
		{"a value is replaced", `{"n":7,"a":1e400}`, `{"n":0,"a":1e400}`, nil},
		{"the first is left out", `{"gone":1,"a":2}`, `{"a":2}`, nil},
		{"the last is left out", `{"a":2,"gone":1}`, `{"a":2}`, nil},
		{"all are left out", `{"gone":1,"gone":2}`, `{}`, nil},
		{"an escaped name", `{"g\u006fne":1,"a":2}`, `{"a":2}`, nil},
		{"an error", `{"a":1,"bad":2}`, "", errRefused},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := rawjson.Edit([]byte(test.object), edit)
			if string(got) != test.want || !errors.Is(err, test.failed) {
				t.Errorf("Edit(%s) is %s, %v; want %s, %v", test.object, got, err, test.want, test.failed)
			}
		})
	}
	if got, err := rawjson.Edit([]byte(`{"a":1`), edit); err == nil {
		t.Errorf("an object that is cut off is edited to %s", got)
	}
}
