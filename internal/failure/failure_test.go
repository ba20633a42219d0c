package failure

import (
	"errors"
	"fmt"
	"slices"
	"testing"
)

func TestOutcome(t *testing.T) {
	bad, worse := errors.New("bad"), errors.New("worse")
	for _, test := range []struct {
		name  string
		notes []error
		told  []string
		want  string
	}{
		{"nothing", nil, nil, ""},
		{"all well", []error{nil, nil}, nil, ""},
		{"the only one", []error{bad}, nil, "bad"},
		{"the first of two", []error{bad, nil}, []string{"bad"}, "1 of 2 things failed"},
		{"the second of two", []error{nil, bad}, []string{"bad"}, "1 of 2 things failed"},
		{"all of two", []error{bad, worse}, []string{"bad", "worse"}, "2 of 2 things failed"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var told []string
			o := Outcome{Noun: "things", Tell: func(err error) { told = append(told, err.Error()) }}
			for _, err := range test.notes {
				if well := o.Note(err); well != (err == nil) {
					t.Errorf("Note(%v) is %v", err, well)
				}
			}
			got := ""
			if err := o.Err(); err != nil {
				got = err.Error()
			}
			if got != test.want || !slices.Equal(told, test.told) {
				t.Errorf("error %q, told %q; want %q, %q", got, told, test.want, test.told)
			}
		})
	}
}

func TestOutcomeTellsFiftyAtMost(t *testing.T) {
	told := 0
	o := Outcome{Noun: "things", Tell: func(error) { told++ }}
	for range 200 {
		o.Note(errors.New("bad"))
	}
	if told != maxTold+1 || o.Failed() != 200 {
		t.Errorf("%d told of %d failed, want %d of 200", told, o.Failed(), maxTold+1)
	}
}

func TestHint(t *testing.T) {
	err := fmt.Errorf("outer: %w", WithHint(errors.New("inner"), "do this"))
	if got := Hint(err); got != "do this" {
		t.Errorf("hint %q, want %q", got, "do this")
	}
	if got := Hint(errors.New("plain")); got != "" || WithHint(nil, "x") != nil {
		t.Errorf("an error without a hint has %q; no error with a hint is %v", got, WithHint(nil, "x"))
	}
}
