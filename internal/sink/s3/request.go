package s3

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/apifyctl/apifyctl/internal/sink/object"
	"github.com/apifyctl/apifyctl/internal/sink/s3/awsconfig"
)

// patientSize is from where a body waits for the store to say that it wants it: what
// is refused, or is somewhere else, need not be sent.
const patientSize = 2 << 20

// unsignedPayload stands for the sum of a body that is not part of the signature.
const unsignedPayload = "UNSIGNED-PAYLOAD"

// request is one call of the API.
type request struct {
	method string
	key    string // "": the bucket
	query  url.Values
	header http.Header

	text []byte       // the body, where that is small,
	part *object.Part // or where it is a part of an object

	// answer is how the name of the answer begins; how it ends is not the same in all
	// stores. "": nothing is in it.
	answer string
}

// body is what a try sends, and the sum that is signed. TLS protects a part anyway.
func (r request) body(secure bool) (body io.Reader, size int64, sum string, err error) {
	body, size = bytes.NewReader(r.text), int64(len(r.text))
	if r.part != nil {
		body, size = r.part.Reader(), r.part.Size
		if secure {
			return body, size, unsignedPayload, nil
		}
	}
	hash := sha256.New()
	if r.part != nil {
		_, err = io.Copy(hash, r.part.Reader())
	} else {
		_, _ = hash.Write(r.text)
	}
	return body, size, hex.EncodeToString(hash.Sum(nil)), err
}

// do sends a request once, and once more where the bucket is in another region. The
// answer is the caller's to close; err is in our words.
func (s *Store) do(ctx context.Context, r request) (*http.Response, error) {
	for moved := false; ; moved = true {
		region := *s.region.Load()
		answer, err := s.send(ctx, r, region)
		switch {
		case err != nil:
			return nil, err
		case answer.StatusCode < http.StatusMultipleChoices:
			return answer, nil
		case moved || !s.moved(answer, region):
			return nil, explained(answer)
		}
		_ = answer.Body.Close() // it is asked again
	}
}

func (s *Store) send(ctx context.Context, r request, region string) (*http.Response, error) {
	address := s.place.url(region, r.key)
	address.RawQuery = r.query.Encode()
	body, size, sum, err := r.body(address.Scheme == "https")
	if err != nil {
		return nil, err
	}
	req, err := object.NewRequest(ctx, r.method, address.String(), r.header, body, size)
	if err != nil {
		return nil, err
	}
	if r.part != nil && size > 0 {
		req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(r.part.Reader()), nil }
	}
	if size >= patientSize {
		req.Header.Set("Expect", "100-continue")
	}
	req.Header.Set("User-Agent", "apifyctl")
	key, err := s.key(ctx)
	if err != nil {
		return nil, err
	}
	req.Header.Set("X-Amz-Content-Sha256", sum)
	if err := s.signer.SignHTTP(ctx, key, req, sum, "s3", region, time.Now()); err != nil {
		return nil, &object.Error{Kind: object.Denied, Problem: "there are no AWS credentials that still hold", Err: err}
	}
	return object.Send(s.client, req)
}

// moved tells that a bucket of Amazon's is in another region, and goes there from now
// on.
func (s *Store) moved(answer *http.Response, from string) bool {
	region := answer.Header.Get("X-Amz-Bucket-Region")
	switch answer.StatusCode {
	case http.StatusMovedPermanently, http.StatusTemporaryRedirect, http.StatusBadRequest:
	default:
		return false
	}
	if s.place.endpoint != nil || region == from || !awsconfig.HostLabel(region) {
		return false
	}
	s.region.Store(&region)
	return true
}

// call sends a request as often as makes sense, and reads the answer; into may be
// nil. The header is that of the answer.
func (s *Store) call(ctx context.Context, r request, into any) (header http.Header, err error) {
	err = s.retries.Do(ctx, func() error {
		header, err = s.once(ctx, r, into)
		return err
	})
	return header, err
}

func (s *Store) once(ctx context.Context, r request, into any) (http.Header, error) {
	answer, err := s.do(ctx, r) //nolint:bodyclose // ReadAnswer closes it
	if err != nil {
		return nil, err
	}
	text, err := object.ReadAnswer(answer)
	if err != nil {
		return nil, err
	}
	if failed := errorIn(text); failed.Code != "" {
		return nil, inOurWords(http.StatusInternalServerError, failed, answer.Header) // behind the status 200
	}
	if r.answer != "" {
		if root, _ := rootOf(text); !strings.HasPrefix(root.Name.Local, r.answer) {
			return nil, object.Senseless(answer.StatusCode, nil) // a proxy's page, or half of one
		}
		if err := xml.Unmarshal(text, into); err != nil {
			return nil, object.Senseless(answer.StatusCode, err)
		}
	}
	return answer.Header, nil
}
