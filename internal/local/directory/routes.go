package directory

import "net/http"

// Action answers a request about the storage that a path names; an error becomes
// the API's error envelope.
type Action func(w http.ResponseWriter, r *http.Request, ref Ref) error

// Tally says that an action concerned so many requests or items, and not one: that
// is what a storage's stats count.
func Tally(w http.ResponseWriter, n int64) {
	if t, ok := w.(*tallied); ok {
		t.n = n
	}
}

type tallied struct {
	http.ResponseWriter
	n int64
}

// Unwrap lets http.ResponseController reach what is beneath.
func (t *tallied) Unwrap() http.ResponseWriter { return t.ResponseWriter }

// Counted runs an action, and counts it if it succeeds.
func (d *Directory) Counted(act Action, method, suffix string) Action {
	return func(w http.ResponseWriter, r *http.Request, ref Ref) error {
		t := &tallied{w, 1}
		if err := act(t, r, ref); err != nil {
			return err
		}
		d.usages.count(ref, method, suffix, t.n)
		return nil
	}
}

// Routes are a kind's endpoints: by what stands behind a storage's URL, and by
// method. HEAD takes GET's action where it has none.
type Routes map[string]map[string]Action
