package api

import (
	"net/http"
	"strings"
	"testing"
)

// A link that is signed for ever is not part of what any listing prints.
func TestSignaturesAreNotPublic(t *testing.T) {
	const signature = "MC4wLjFhT0Jsd1d5OTB5VG5yT29OeDF0OQ"
	for name, test := range map[string]struct{ object, want string }{
		"dataset": {`{"id":"a","itemsPublicUrl":"https://api.apify.com/v2/datasets/a/items?signature=` + signature + `"}`, `{"id":"a","itemsPublicUrl":"https://api.apify.com/v2/datasets/a/items"}`},
		"record":  {`{"key":"k","recordPublicUrl":"https://h/k?a=1&signature=` + signature + `&b=2&x"}`, `{"key":"k","recordPublicUrl":"https://h/k?a=1&b=2&x"}`},
		"escaped": {`{"keysPublicUrl":"https://h/k?sign\u0061ture=` + signature + `"}`, `{"keysPublicUrl":"https://h/k"}`},
		"encoded": {`{"keysPublicUrl":"https://h/k?s%69gnature=` + signature + `"}`, `{"keysPublicUrl":"https://h/k"}`},
		"name":    {`{"KeysPublicURL":"https://h/k?Signature=` + signature + `"}`, `{"KeysPublicURL":"https://h/k"}`},
		"null":    {`{"keysPublicUrl":null}`, `{"keysPublicUrl":null}`},
		"plain":   {`{"keysPublicUrl":"https://h/k<&>"}`, `{"keysPublicUrl":"https://h/k<&>"}`},
		"secret":  {`{"URLsigningSecretKey":"` + signature + `","a":1.0}`, `{"a":1.0}`},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := publicObject([]byte(test.object))
			if err != nil || string(got) != test.want {
				t.Errorf("got %s, %v\nwant %s", got, err, test.want)
			}
			list := `{"data":{"items":[` + test.object + `]}}`
			whole, err := withoutSecrets(http.Header{"Content-Type": {"application/json"}}, []byte(list))
			if err != nil || strings.Contains(string(whole), signature) || string(whole) != `{"data":{"items":[`+test.want+`]}}` {
				t.Errorf("of a list: %s, %v", whole, err)
			}
		})
	}
	for path, users := range map[string]bool{
		"/datasets/a": false, "/datasets/a/items": true, "/key-value-stores/a/keys": false, "/key-value-stores/a/records/k": true,
		"/request-queues/a/requests": true, "/request-queues/a/head": true, "/request-queues": false,
	} {
		if holdsUserData(path) != users {
			t.Errorf("%s: users' own is %v", path, !users)
		}
	}
}
