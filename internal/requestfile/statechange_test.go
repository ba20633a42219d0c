package requestfile

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"
)

func TestChangedStates(t *testing.T) {
	const before = `{"sequence_counter":3,"forefront_sequence_counter":1,"forefront_requests":{"f":0},"regular_requests":{"a":0,"b":1,"gone":2},"in_progress_requests":["a","gone"],"handled_requests":["done"]}`
	text, err := ChangeState([]byte(before), []Change{
		{ID: IDOf("gone")},
		{ID: IDOf("done"), UniqueKey: "done"},
		{ID: IDOf("a"), UniqueKey: "a", Handled: true},
		{ID: IDOf("front"), UniqueKey: "front", Forefront: true},
		{ID: IDOf("back"), UniqueKey: "back"},
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := ParseState(text)
	want := State{IDOf("f"): -1, IDOf("front"): -2, IDOf("b"): 2, IDOf("done"): 4, IDOf("back"): 5}
	if err != nil || !maps.Equal(got, want) {
		t.Errorf("%v, %v in %s", got, err, text)
	}
	var lists struct {
		Handled    []string `json:"handled_requests"`
		InProgress []string `json:"in_progress_requests"`
	}
	if err := json.Unmarshal(text, &lists); err != nil || !slices.Equal(lists.Handled, []string{"a"}) || len(lists.InProgress) != 0 {
		t.Errorf("%v, %+v", err, lists)
	}
	if _, err := ChangeState([]byte("{"), nil); err == nil {
		t.Error("a broken state was changed")
	}
}
