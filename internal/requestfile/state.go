package requestfile

import (
	"encoding/json"
	"math"

	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// State is where the order of a queue of Crawlee for Python is, from 1.0 on: a
// record of the default key-value store with the sequence numbers of unique
// keys. It is written once a minute and at the end of a crawl.
//
// Its orders are a few nanoseconds, so they are before those of all requests
// that have a time; of the forefront the last one comes first.
type State map[ID]int64

// StateKey is the key of a queue's state. The ID is the one that the SDK has in
// the queue's metadata file.
func StateKey(id string) string { return "__RQ_STATE_" + id }

// ParseState reads the record.
func ParseState(text []byte) (State, error) {
	if !json.Valid(text) {
		return nil, errBrokenState
	}
	state := State{}
	for m, err := range rawjson.Members(text) {
		if err != nil {
			return nil, err
		}
		switch m.Name() {
		case "regular_requests":
			err = state.read(m.Value, 1)
		case "forefront_requests":
			err = state.read(m.Value, -1)
		}
		if err != nil {
			return nil, err
		}
	}
	return state, nil
}

const errBrokenState = stateError("the state of the queue is not valid")

type stateError string

func (e stateError) Error() string { return string(e) }

// read adds sequence numbers, which begin with 0.
func (s State) read(object []byte, sign int64) error {
	for m, err := range rawjson.Members(object) {
		if err != nil {
			return err
		}
		var number int64
		if json.Unmarshal(m.Value, &number) != nil || number < 0 || number == math.MaxInt64 {
			return errBrokenState
		}
		s[IDOf(m.Name())] = sign * (number + 1)
	}
	return nil
}
