package api

import (
	"net/http"
	"testing"
)

func TestWithoutSecrets(t *testing.T) {
	for body, want := range map[string]string{
		`{"data":{"id":"a","urlSigningSecretKey":"s","n":1}}`:                                     `{"data":{"id":"a","n":1}}`,
		`{"data":{"items":[{"urlSigningSecretKey":"s"},{"b":[1,{"urlSigningSecretKey":null}]}]}}`: `{"data":{"items":[{},{"b":[1,{}]}]}}`,
		` { "nothing" : [ 1 ] } `: ` { "nothing" : [ 1 ] } `,
		``:                        ``,
	} {
		got, err := withoutSecrets(http.Header{"Content-Type": {"application/json; charset=utf-8"}}, []byte(body))
		if err != nil || string(got) != want {
			t.Errorf("%s became %s (%v)", body, got, err)
		}
	}
	const text = `{"urlSigningSecretKey":"no object of the API"}`
	if got, err := withoutSecrets(http.Header{"Content-Type": {"text/plain"}}, []byte(text)); err != nil || string(got) != text {
		t.Errorf("%s (%v)", got, err)
	}
	if _, err := withoutSecrets(http.Header{"Content-Type": {"application/json"}}, []byte(`{"urlSigningSecretKey":`)); err == nil {
		t.Error("half an answer is taken for a whole one")
	}
}

// Requests that must not be repeated are not, whoever made them up.
func TestRawRequestsAreRepeatedAsTheirMethodAllows(t *testing.T) {
	for method, want := range map[string]int{
		http.MethodGet: 2, http.MethodPut: 2, http.MethodDelete: 2, http.MethodPost: 1, http.MethodPatch: 1,
	} {
		for _, body := range [][]byte{nil, []byte(`{}`)} {
			tries := 0
			client := newTestClient(t, newServer(t, func(w http.ResponseWriter, r *http.Request) {
				tries++
				if got, want := r.Header.Get("Content-Type"), "application/json; charset=utf-8"; body != nil && got != want || body == nil && got != "" {
					t.Errorf("%s with %d bytes: Content-Type %q", method, len(body), got)
				}
				w.WriteHeader(http.StatusBadGateway)
			}), func(o *Options) { o.MaxTries = 2 })
			if _, err := client.Raw(t.Context(), RawRequest{Method: method, Path: "/datasets/x", Body: body}); err == nil {
				t.Errorf("%s: 502 is no error", method)
			}
			if tries != want {
				t.Errorf("%s was sent %d times, want %d", method, tries, want)
			}
		}
	}
}
