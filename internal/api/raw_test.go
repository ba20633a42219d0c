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
