package directory

import "net/http"

// Action answers a request about the storage that a path names; an error becomes
// the API's error envelope.
type Action func(w http.ResponseWriter, r *http.Request, ref Ref) error

// Routes are a kind's endpoints: by what stands behind a storage's URL, and by
// method. HEAD takes GET's action where it has none.
type Routes map[string]map[string]Action
