package s3

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/pem"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/apifyctl/apifyctl/internal/sink/object"
)

// opened is the bucket of a server that handler plays.
func opened(t *testing.T, handler http.HandlerFunc) *Store {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	s, err := open(t, server.URL)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func open(t *testing.T, endpoint string, env ...string) (*Store, error) {
	t.Helper()
	set := map[string]string{}
	for _, assignment := range append([]string{"AWS_ACCESS_KEY_ID=id", "AWS_SECRET_ACCESS_KEY=s3cr3t", "AWS_CONFIG_FILE=none", "AWS_SHARED_CREDENTIALS_FILE=none"}, env...) {
		name, value, _ := strings.Cut(assignment, "=")
		set[name] = value
	}
	return Open(t.Context(), "bucket", object.Settings{
		Endpoint: endpoint, Timeout: time.Minute, Logger: slog.New(slog.DiscardHandler),
		Retries: object.Retries{Tries: 3, Delay: time.Nanosecond, Reached: new(atomic.Bool)},
		Getenv:  func(name string) string { return set[name] },
	})
}

func listedKeys(ctx context.Context, s *Store) (keys []string, err error) {
	for info, err := range s.List(ctx, "a/") {
		if err != nil {
			return keys, err
		}
		keys = append(keys, fmt.Sprintf("%s:%d", info.Key, info.Size))
	}
	return keys, nil
}

// TestListPages: a listing goes on where the page before has ended.
func TestListPages(t *testing.T) {
	pages := map[string]string{
		"":     `<ListBucketResult><Contents><Key>a/1</Key><Size>1</Size></Contents><Contents><Key>a/&amp;</Key><Size>5000000000</Size></Contents><IsTruncated>true</IsTruncated><NextContinuationToken>x y+</NextContinuationToken></ListBucketResult>`,
		"x y+": `<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><IsTruncated>true</IsTruncated><NextContinuationToken>z</NextContinuationToken></ListBucketResult>`,
		"z":    `<?xml version="1.0"?> <ListBucketResult><Contents><Key>a/3</Key><Size>0</Size></Contents><IsTruncated>false</IsTruncated></ListBucketResult>`,
	}
	s := opened(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/bucket" || r.FormValue("list-type") != "2" || r.FormValue("prefix") != "a/" {
			t.Errorf("asked for %s", r.URL)
		}
		_, _ = w.Write([]byte(pages[r.FormValue("continuation-token")]))
	})
	got, err := listedKeys(t.Context(), s)
	if want := []string{"a/1:1", "a/&:5000000000", "a/3:0"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("listed %q, %v; want %q", got, err, want)
	}
}

// TestListCut: half a listing is none.
func TestListCut(t *testing.T) {
	for name, answer := range map[string]string{
		"cut":      `<ListBucketResult><Contents><Key>a/1</Key><Size>1</Size></Contents>`,
		"empty":    ``,
		"no XML":   `welcome`,
		"a page":   `<html><body></body></html>`,
		"another":  `<ListPartsResult/>`,
		"an error": `<Error><Code>InternalError</Code><Message>m</Message></Error>`,
	} {
		t.Run(name, func(t *testing.T) {
			asked := 0
			s := opened(t, func(w http.ResponseWriter, _ *http.Request) {
				asked++
				_, _ = w.Write([]byte(answer))
			})
			if got, err := listedKeys(t.Context(), s); err == nil {
				t.Errorf("listed %q, want an error", got)
			}
			if asked != 3 {
				t.Errorf("asked %d times, want 3", asked)
			}
		})
	}
}

// TestResumePages: of the uploads to a key the newest is gone on with, and all of its
// parts are known, however many pages they take.
func TestResumePages(t *testing.T) {
	s := opened(t, func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		answer := ""
		switch {
		case r.URL.Path == "/bucket" && query.Get("key-marker") == "":
			answer = `<ListMultipartUploadsResult><Upload><Key>key</Key><UploadId>old</UploadId><Initiated>2026-01-01T00:00:00.000Z</Initiated></Upload>` +
				`<Upload><Key>key2</Key><UploadId>other</UploadId><Initiated>2026-04-01T00:00:00.000Z</Initiated></Upload>` +
				`<IsTruncated>true</IsTruncated><NextKeyMarker>key2</NextKeyMarker><NextUploadIdMarker>other</NextUploadIdMarker></ListMultipartUploadsResult>`
		case r.URL.Path == "/bucket" && query.Get("upload-id-marker") == "other":
			answer = `<ListMultipartUploadsResult><Upload><Key>key</Key><UploadId>new</UploadId><ChecksumAlgorithm>CRC32C</ChecksumAlgorithm><Initiated>2026-03-01T00:00:00Z</Initiated></Upload></ListMultipartUploadsResult>`
		case query.Get("uploadId") == "new" && query.Get("part-number-marker") == "":
			answer = `<ListPartsResult><Part><PartNumber>1</PartNumber><Size>10</Size><ETag>"e1"</ETag></Part><IsTruncated>true</IsTruncated><NextPartNumberMarker>1</NextPartNumberMarker></ListPartsResult>`
		case query.Get("uploadId") == "new" && query.Get("part-number-marker") == "1":
			answer = `<ListPartsResult><Part><PartNumber>2</PartNumber><Size>5</Size><ETag>"e2"</ETag><ChecksumCRC32C>AAAAAA==</ChecksumCRC32C></Part></ListPartsResult>`
		default:
			t.Errorf("asked for %s %s", r.Method, r.URL)
		}
		_, _ = w.Write([]byte(answer))
	})
	u, err := s.Begin(t.Context(), "key", object.Options{Resume: true})
	if err != nil {
		t.Fatal(err)
	}
	traits := u.Traits()
	if !traits.Resumed || traits.Left == nil || traits.Left.Size != 15 || traits.Left.Began.Format(time.DateOnly) != "2026-03-01" {
		t.Errorf("traits %+v, left %+v", traits, traits.Left)
	}
}

// TestAnswerBehindSuccess: S3 may say 200 and then, in the answer, that it failed, and
// something on the way may say anything. Then the store is asked whether there is an
// object.
func TestAnswerBehindSuccess(t *testing.T) {
	for name, answer := range map[string]string{
		"error":            "<?xml version=\"1.0\"?>\n  <Error><Code>InternalError</Code><Message>m</Message></Error>",
		"half an error":    "<Error",
		"half a result":    "<CompleteMultipartUploadResult><ETag>x",
		"nothing":          "",
		"blanks":           "\n\n\n",
		"a proxy's page":   "<html><body>Welcome</body></html>",
		"something else's": `{"ok":true}`,
	} {
		t.Run(name, func(t *testing.T) { completesAfter(t, answer) })
	}
}

// completesAfter wants an upload to be completed once more, and once more again, after
// an answer that is no result.
func completesAfter(t *testing.T, answer string) {
	t.Helper()
	var mutex sync.Mutex
	completed := 0
	s := opened(t, func(w http.ResponseWriter, r *http.Request) {
		mutex.Lock()
		defer mutex.Unlock()
		_, _ = io.Copy(io.Discard, r.Body)
		switch query := r.URL.Query(); {
		case r.Method == http.MethodPost && query.Has("uploads"):
			_, _ = w.Write([]byte(`<InitiateMultipartUploadResult><UploadId>id</UploadId></InitiateMultipartUploadResult>`))
		case r.Method == http.MethodPut && query.Get("partNumber") != "":
			w.Header().Set("ETag", `"e"`)
		case r.Method == http.MethodPost:
			if completed++; completed < 3 {
				_, _ = w.Write([]byte(answer))
			} else {
				_, _ = w.Write([]byte(`<CompleteMultipartUploadResult/>`))
			}
		case r.Method == http.MethodGet && query.Get("uploadId") != "": // it is not complete
			_, _ = w.Write([]byte(`<ListPartsResult/>`))
		case r.Method == http.MethodGet:
			_, _ = w.Write([]byte(`<ListMultipartUploadsResult/>`))
		}
	})
	u, err := s.Begin(t.Context(), "key", object.Options{})
	if err != nil {
		t.Fatal(err)
	}
	to := object.NewWriter(t.Context(), "s3://bucket/key", u, false, func(int) int64 { return 4 })
	if _, err := to.Write([]byte("0123456789")); err != nil {
		t.Fatal(err)
	}
	if err := to.Commit(); err != nil || completed != 3 {
		t.Errorf("asked to complete %d times, want 3: %v", completed, err)
	}
}

// TestNoMoreCredentials: credentials that end on the way say nothing of the object.
func TestNoMoreCredentials(t *testing.T) {
	s := opened(t, func(http.ResponseWriter, *http.Request) { t.Error("asked without credentials") })
	gone := &object.Error{Kind: object.Denied, Problem: "the role cannot be taken"}
	s.credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return aws.Credentials{}, gone })
	if _, err := s.Stat(t.Context(), "key"); !errors.Is(err, gone) {
		t.Errorf("error %v, want %v", err, gone)
	}
	s.credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return aws.Credentials{}, errors.New("s3cr3t") })
	if _, err := s.Stat(t.Context(), "key"); err == nil || err.Error() != "there are no AWS credentials" {
		t.Errorf("error %v, want another", err)
	}
}

// TestBundle: what AWS_CA_BUNDLE names is trusted beside what the system trusts, and
// one that cannot be read is an error.
func TestBundle(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`<ListBucketResult/>`))
	}))
	defer server.Close()
	file := filepath.Join(t.TempDir(), "bundle.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	for bundle, want := range map[string]string{
		"":         "no connection to the store: its certificate cannot be trusted",
		file:       "",
		os.Args[0]: "AWS_CA_BUNDLE is " + os.Args[0] + ", and no certificate can be read from it",
		"none":     "AWS_CA_BUNDLE is none, and no certificate can be read from it",
	} {
		s, err := open(t, server.URL, "AWS_CA_BUNDLE="+bundle)
		if err == nil {
			_, err = listedKeys(t.Context(), s)
		}
		if fmt.Sprint(err) != cmp.Or(want, "<nil>") {
			t.Errorf("with %q: %v, want %q", bundle, err, want)
		}
	}
}

// TestRegion: only Amazon's own stores need a region that is one.
func TestRegion(t *testing.T) {
	for _, test := range []struct{ region, endpoint, want string }{
		{"RegionOne", "http://127.0.0.1:1", ""},
		{"a b", "http://127.0.0.1:1", ""},
		{"a b", "", `"a b" is no region`},
		{"a/b", "", `"a/b" is no region`},
		{"eu-west-1", "", ""},
	} {
		if _, err := open(t, test.endpoint, "AWS_REGION="+test.region); fmt.Sprint(err) != cmp.Or(test.want, "<nil>") {
			t.Errorf("region %q at %q: %v, want %q", test.region, test.endpoint, err, test.want)
		}
	}
	if _, err := Open(t.Context(), "b--use1-az4--x-s3", object.Settings{Getenv: func(string) string { return "" }, Logger: slog.New(slog.DiscardHandler)}); err == nil || err.Error() != "directory buckets (S3 Express) are not supported" {
		t.Errorf("a directory bucket: %v", err)
	}
}

// TestErrors: what the store says comes in our words, and is tried again where that
// may help.
func TestErrors(t *testing.T) {
	for _, test := range []struct {
		status  int
		code    string
		kind    object.Kind
		problem string
		asked   int
	}{
		{403, "AccessDenied", object.Denied, "access denied (AccessDenied)", 1},
		{403, "RequestTimeTooSkewed", object.Denied, "access denied (RequestTimeTooSkewed)", 1},
		{404, "NoSuchBucket", object.Missing, "there is no such bucket (NoSuchBucket)", 1},
		{404, "NoSuchUpload", object.Missing, "the upload is not there any more (NoSuchUpload)", 1},
		{412, "PreconditionFailed", object.Exists, "it was written meanwhile, and stays (PreconditionFailed)", 1},
		{400, "BadDigest", object.Busy, "the message (BadDigest)", 3},
		{400, "InvalidPart", object.Mistaken, "the message (InvalidPart)", 1},
		{409, "ConditionalRequestConflict", object.Busy, "something else writes there (ConditionalRequestConflict)", 3},
		{503, "SlowDown", object.Busy, "the store cannot do it now (SlowDown)", 3},
		{301, "PermanentRedirect", object.Mistaken, "the message (PermanentRedirect)", 1},
		{502, "", object.Busy, "the store cannot do it now", 3},
		{418, "", object.Mistaken, "the store refuses it with status 418", 1},
	} {
		t.Run(fmt.Sprint(test.status, test.code), func(t *testing.T) {
			asked := 0
			s := opened(t, func(w http.ResponseWriter, _ *http.Request) {
				asked++
				w.WriteHeader(test.status)
				if test.code != "" {
					_, _ = fmt.Fprintf(w, "<Error><Code>%s</Code><Message>the message</Message></Error>", test.code)
				}
			})
			_, err := s.Open(t.Context(), "key")
			if err == nil || err.Error() != test.problem || !test.kind.Is(err) {
				t.Errorf("error %v, want %q of kind %d", err, test.problem, test.kind)
			}
			if asked != test.asked {
				t.Errorf("asked %d times, want %d", asked, test.asked)
			}
		})
	}
}

// TestSignature: over HTTP the body of each request is signed, and its checksum goes
// along.
func TestSignature(t *testing.T) {
	const body = "the object"
	var sent atomic.Int32
	s := opened(t, func(_ http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		if r.Method != http.MethodPut || string(text) != body {
			return
		}
		for name, want := range map[string]string{
			"X-Amz-Content-Sha256":  fmt.Sprintf("%x", sha256.Sum256(text)),
			"X-Amz-Checksum-Crc32c": object.CRCText(crc32.Checksum(text, crc32.MakeTable(crc32.Castagnoli))),
			"If-None-Match":         "*",
			"Content-Type":          "text/csv",
		} {
			if got := r.Header.Get(name); got != want {
				t.Errorf("%s is %q, want %q", name, got, want)
			}
			if signed := r.Header.Get("Authorization"); !strings.Contains(signed, strings.ToLower(name)) {
				t.Errorf("%s is not signed: %s", name, signed)
			}
		}
		sent.Add(1)
	})
	u, err := s.Begin(t.Context(), "key", object.Options{NoClobber: true, Sure: true, MediaType: "text/csv"})
	if err != nil {
		t.Fatal(err)
	}
	to := object.NewWriter(t.Context(), "s3://bucket/key", u, false, object.UsualSizes)
	if _, err := io.Copy(to, strings.NewReader(body)); err != nil {
		t.Fatal(err)
	}
	if err := to.Commit(); err != nil || sent.Load() != 1 {
		t.Errorf("sent %d times, want once: %v", sent.Load(), err)
	}
}
