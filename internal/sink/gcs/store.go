// Package gcs keeps objects in Google Cloud Storage. It speaks the JSON API and its
// protocol of resumable uploads itself: Google's library would add 29 MB, and 10 ms
// to every start. It is the only package that knows Google's credentials.
package gcs

import (
	"cmp"
	"context"
	"encoding/json"
	"io"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/google"

	"github.com/apifyctl/apifyctl/internal/sink/object"
)

const (
	usualEndpoint = "https://storage.googleapis.com"
	scope         = "https://www.googleapis.com/auth/devstorage.read_write"
)

// Store is a bucket.
type Store struct {
	bucket   string
	base     string
	client   *http.Client
	tokens   oauth2.TokenSource // nil for an emulator
	retries  object.Retries
	stateDir string
}

// Open finds credentials as Google's own tools do: application default credentials,
// which are a service account's key, workload identity federation, those of gcloud,
// or of the machine that this runs on. An emulator (STORAGE_EMULATOR_HOST) takes
// none. Nothing is sent to the bucket yet.
func Open(ctx context.Context, bucket string, settings object.Settings) (*Store, error) {
	emulator := settings.Getenv("STORAGE_EMULATOR_HOST")
	if emulator != "" && !strings.Contains(emulator, "://") {
		emulator = "http://" + emulator
	}
	s := &Store{
		bucket: bucket, base: strings.TrimSuffix(cmp.Or(settings.Endpoint, emulator, usualEndpoint), "/"),
		client: settings.Client(), retries: settings.Retries, stateDir: settings.StateDir,
	}
	if emulator != "" {
		return s, nil
	}
	found, err := google.FindDefaultCredentials(ctx, scope)
	if err != nil {
		return nil, denied(ctx, "there are no Google credentials", err)
	}
	s.tokens = found.TokenSource
	if _, err := s.tokens.Token(); err != nil {
		return nil, denied(ctx, "Google's credentials give no access", err)
	}
	return s, nil
}

func denied(ctx context.Context, problem string, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return &object.Error{
		Kind: object.Denied, Problem: problem, Err: err,
		Hint: "set GOOGLE_APPLICATION_CREDENTIALS, or log in with `gcloud auth application-default login`",
	}
}

// request is one call of the API.
type request struct {
	method string
	url    string
	header http.Header
	body   io.Reader
	length int64
}

// do sends a request once. The answer is the caller's to close; err is in our words.
func (s *Store) do(ctx context.Context, r request) (*http.Response, error) {
	req, err := object.NewRequest(ctx, r.method, r.url, r.header, r.body, r.length)
	if err != nil {
		return nil, err
	}
	if s.tokens != nil {
		token, err := s.tokens.Token()
		if err != nil {
			return nil, denied(ctx, "Google's credentials give no access", err)
		}
		token.SetAuthHeader(req)
	}
	answer, err := object.Send(s.client, req)
	switch {
	case err != nil:
		return nil, err
	case answer.StatusCode >= http.StatusBadRequest:
		return nil, explained(answer)
	}
	return answer, nil
}

// head is what stands before the body of an answer.
type head struct {
	status int
	header http.Header
}

// call sends a request once and reads the answer; into may be nil.
func (s *Store) call(ctx context.Context, r request, into any) (head, error) {
	answer, err := s.do(ctx, r) //nolint:bodyclose // ReadAnswer closes it
	if err != nil {
		return head{}, err
	}
	text, err := object.ReadAnswer(answer)
	if err != nil {
		return head{}, err
	}
	if into != nil && answer.StatusCode < http.StatusMultipleChoices {
		if err := json.Unmarshal(text, into); err != nil {
			return head{}, object.Senseless(answer.StatusCode, err)
		}
	}
	return head{answer.StatusCode, answer.Header}, nil
}

// explained puts an answer that is an error in our words.
func explained(answer *http.Response) error {
	var told struct {
		Error struct {
			Message string                    `json:"message"`
			Errors  []struct{ Reason string } `json:"errors"`
		} `json:"error"`
	}
	_ = json.Unmarshal(object.ReadRefusal(answer), &told) // some answers are plain text
	code := ""
	if len(told.Error.Errors) > 0 {
		code = told.Error.Errors[0].Reason
	}
	e := object.FromStatus(answer.StatusCode, code, told.Error.Message, nil)
	e.Wait = answer.Header.Get("Retry-After")
	return e
}

// resource is what the API says of an object.
type resource struct {
	Name        string            `json:"name"`
	Size        string            `json:"size"`
	CRC32C      string            `json:"crc32c"`
	Generation  string            `json:"generation"`
	ContentType string            `json:"contentType"`
	Metadata    map[string]string `json:"metadata"`
}

func (r resource) size() int64 {
	n, err := strconv.ParseInt(r.Size, 10, 64)
	if err != nil {
		return -1
	}
	return n
}

func (s *Store) object(key string) string {
	return s.base + "/storage/v1/b/" + url.PathEscape(s.bucket) + "/o/" + url.PathEscape(key)
}

func (s *Store) look(ctx context.Context, key string) (found resource, err error) {
	err = s.retries.Do(ctx, func() error {
		_, err := s.call(ctx, request{method: http.MethodGet, url: s.object(key)}, &found)
		return err
	})
	return found, err
}

// Stat looks an object up.
func (s *Store) Stat(ctx context.Context, key string) (object.Info, error) {
	found, err := s.look(ctx, key)
	return object.Info{Key: key, Size: found.size()}, err
}

// Open reads an object.
func (s *Store) Open(ctx context.Context, key string) (io.ReadCloser, error) {
	return object.NewReader(ctx, s.retries, func(offset int64, tag string) (io.ReadCloser, object.Content, error) {
		query := url.Values{"alt": {"media"}}
		r := request{method: http.MethodGet, header: http.Header{"Accept-Encoding": {"gzip"}}} // as it is stored
		if offset > 0 {
			r.header.Set("Range", object.From(offset))
			if tag != "" {
				query.Set("ifGenerationMatch", tag)
			}
		}
		r.url = s.object(key) + "?" + query.Encode()
		var answer *http.Response
		err := s.retries.Do(ctx, func() (err error) {
			answer, err = s.do(ctx, r) //nolint:bodyclose // it is the reader's
			return err
		})
		if err != nil {
			return nil, object.Content{}, err
		}
		return answer.Body, object.Content{Length: answer.ContentLength, Tag: answer.Header.Get("X-Goog-Generation")}, nil
	})
}

// List yields the objects whose keys begin with a prefix.
func (s *Store) List(ctx context.Context, prefix string) iter.Seq2[object.Info, error] {
	return func(yield func(object.Info, error) bool) {
		query := url.Values{"prefix": {prefix}}
		for {
			var page struct {
				Items []resource `json:"items"`
				Next  string     `json:"nextPageToken"`
			}
			err := s.retries.Do(ctx, func() error {
				_, err := s.call(ctx, request{method: http.MethodGet, url: s.base + "/storage/v1/b/" + url.PathEscape(s.bucket) + "/o?" + query.Encode()}, &page)
				return err
			})
			if err != nil {
				yield(object.Info{}, err)
				return
			}
			for _, each := range page.Items {
				if !yield(object.Info{Key: each.Name, Size: each.size()}, nil) {
					return
				}
			}
			if page.Next == "" {
				return
			}
			query.Set("pageToken", page.Next)
		}
	}
}
