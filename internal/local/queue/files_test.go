package queue_test

import (
	"os"
	"testing"

	"github.com/apifyctl/apifyctl/internal/requestfile"
)

// A request whose file's name is taken by something else is refused, rather than
// lost.
func TestRequestsWhoseNameIsTaken(t *testing.T) {
	for layout, files := range map[string]map[string]string{"Crawlee 3": nil, "Crawlee 4": {"__metadata__.json": metadata}} {
		for what, take := range map[string]func(path string) error{
			"a folder":      func(path string) error { return os.Mkdir(path, 0o700) },
			"an empty file": func(path string) error { return os.WriteFile(path, nil, 0o600) },
			"another text":  func(path string) error { return os.WriteFile(path, []byte(`{"some":"thing"}`), 0o600) },
		} {
			t.Run(layout+", "+what, func(t *testing.T) {
				f := newFolder(t, files, false)
				path := f.path(requestfile.Name(requestfile.OfMetadata([]byte(files["__metadata__.json"])), "taken"))
				if err := take(path); err != nil {
					t.Fatal(err)
				}
				f.want(409, "POST", "/requests", request("taken"))
				f.want(409, "PUT", "/requests/"+idOf("taken"), request("taken"))
				f.want(404, "GET", "/requests/"+idOf("taken"), "")
				f.want(201, "POST", "/requests", request("other"))
				if got := f.head(); got != "other" {
					t.Errorf("head %q", got)
				}
				if err := os.RemoveAll(path); err != nil {
					t.Fatal(err)
				}
				f.want(201, "POST", "/requests", request("taken"))
				f.reopen()
				if got := f.head(); got != "other taken" {
					t.Errorf("head when the name is free %q", got)
				}
			})
		}
	}
}
