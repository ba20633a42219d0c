// Package s3 keeps objects in Amazon S3 and in what speaks its protocol. It speaks
// it itself: Amazon's library would add 3.5 MB, and a millisecond to every start.
// Signatures are the library's, whose core costs next to nothing.
package s3

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"io"
	"iter"
	"net/http"
	"net/url"
	"os"
	"os/user"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/apifyctl/apifyctl/internal/sink/object"
	"github.com/apifyctl/apifyctl/internal/sink/s3/awsconfig"
)

// Store is a bucket.
type Store struct {
	place       place
	region      atomic.Pointer[string] // see moved
	client      *http.Client
	credentials aws.CredentialsProvider
	signer      *v4.Signer
	retries     object.Retries
	plainSum    bool // Content-MD5 and nothing newer: the user said so
}

// Open finds credentials, region and address as Amazon's own tools do: in the
// environment, in profiles, by single sign-on, roles, web identity, and from the
// machine that this runs on. Nothing is sent to the bucket yet.
func Open(ctx context.Context, bucket string, settings object.Settings) (*Store, error) {
	var err error
	if settings.Roots, err = roots(settings.Getenv("AWS_CA_BUNDLE")); err != nil {
		return nil, err
	}
	client := settings.Client()
	found, err := awsconfig.Load(awsconfig.Environment{Getenv: settings.Getenv, Home: home(), Client: client, Retries: settings.Retries})
	if err != nil {
		return nil, &object.Error{Kind: object.Denied, Problem: "the AWS configuration cannot be used: " + err.Error()}
	}
	if strings.HasSuffix(bucket, "--x-s3") {
		return nil, &object.Error{Kind: object.Mistaken, Problem: "directory buckets (S3 Express) are not supported"}
	}
	s := &Store{
		client: client, credentials: found.Credentials, retries: settings.Retries, plainSum: found.PlainChecksums,
		signer: v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true }), // keys are escaped once
	}
	region := cmp.Or(found.Region, awsconfig.UsualRegion)
	s.region.Store(&region)
	if s.place, err = findPlace(bucket, cmp.Or(settings.Endpoint, found.Endpoint), found); err != nil {
		return nil, err
	}
	if s.place.endpoint == nil && !awsconfig.IsRegion(region) {
		return nil, &object.Error{Kind: object.Mistaken, Problem: strconv.Quote(region) + " is no region"}
	}
	if _, err := s.key(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// home is the user's folder; "" where there is none.
func home() string {
	if folder, err := os.UserHomeDir(); err == nil {
		return folder
	}
	if who, err := user.Current(); err == nil {
		return who.HomeDir
	}
	return ""
}

// roots are the authorities that are trusted: the system's, and those in a file; nil
// where no file is named.
func roots(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil //nolint:nilnil // the system's alone
	}
	trusted, err := x509.SystemCertPool()
	if err != nil {
		trusted = x509.NewCertPool()
	}
	text, err := os.ReadFile(file) //nolint:gosec // the user's own configuration names it
	if err != nil || !trusted.AppendCertsFromPEM(text) {
		return nil, &object.Error{Kind: object.Denied, Problem: "AWS_CA_BUNDLE is " + file + ", and no certificate can be read from it", Err: err}
	}
	return trusted, nil
}

// key is what requests are signed with.
func (s *Store) key(ctx context.Context) (aws.Credentials, error) {
	key, err := s.credentials.Retrieve(ctx)
	switch {
	case err == nil:
		return key, nil
	case ctx.Err() != nil:
		return key, ctx.Err()
	}
	if told, ok := errors.AsType[*object.Error](err); ok {
		return key, told
	}
	return key, &object.Error{
		Kind: object.Denied, Problem: "there are no AWS credentials", Err: err,
		Hint: "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or log in with `aws sso login`",
	}
}

// Stat looks an object up.
func (s *Store) Stat(ctx context.Context, key string) (object.Info, error) {
	found, err := s.head(ctx, key)
	return object.Info{Key: key, Size: found.size}, err
}

// described is what the store says of an object.
type described struct {
	size   int64
	tag    string // without its quotation marks
	upload string // the mark in its metadata
	crc    string // CRC32C of the whole, in Base64; "": it has none
}

func (s *Store) head(ctx context.Context, key string) (described, error) {
	header, err := s.call(ctx, request{method: http.MethodHead, key: key, header: http.Header{"X-Amz-Checksum-Mode": {"ENABLED"}}}, nil)
	if err != nil {
		return described{}, err
	}
	size, err := strconv.ParseInt(header.Get("Content-Length"), 10, 64)
	if err != nil {
		return described{}, &object.Error{Kind: object.Failed, Problem: "the store does not say how large the object is"}
	}
	found := described{size: size, tag: withoutQuotes(header.Get("Etag")), upload: header.Get("X-Amz-Meta-" + object.MetaUpload)}
	if header.Get("X-Amz-Checksum-Type") == fullObject {
		found.crc = header.Get(headerCRC)
	}
	return found, nil
}

func withoutQuotes(tag string) string { return strings.Trim(tag, `"`) }

// Open reads an object. When the connection breaks it goes on where it was, in the
// same version of the object.
func (s *Store) Open(ctx context.Context, key string) (io.ReadCloser, error) {
	return object.NewReader(ctx, s.retries, func(offset int64, tag string) (io.ReadCloser, object.Content, error) {
		r := request{method: http.MethodGet, key: key, header: http.Header{}}
		if offset > 0 {
			r.header.Set("Range", object.From(offset))
			if tag != "" {
				r.header.Set("If-Match", tag)
			}
		}
		var answer *http.Response
		err := s.retries.Do(ctx, func() (err error) {
			answer, err = s.do(ctx, r) //nolint:bodyclose // it is the reader's
			return err
		})
		if err != nil {
			return nil, object.Content{}, err
		}
		return answer.Body, object.Content{Length: answer.ContentLength, Tag: answer.Header.Get("Etag")}, nil
	})
}

// List yields the objects whose keys begin with a prefix.
func (s *Store) List(ctx context.Context, prefix string) iter.Seq2[object.Info, error] {
	return func(yield func(object.Info, error) bool) {
		query := url.Values{"list-type": {"2"}, "prefix": {prefix}}
		for {
			var page struct {
				Contents []struct {
					Key  string
					Size int64
				}
				IsTruncated           bool
				NextContinuationToken string
			}
			if _, err := s.call(ctx, request{method: http.MethodGet, query: query, answer: "ListBucket"}, &page); err != nil {
				yield(object.Info{}, err)
				return
			}
			for _, each := range page.Contents {
				if !yield(object.Info{Key: each.Key, Size: each.Size}, nil) {
					return
				}
			}
			if !page.IsTruncated || page.NextContinuationToken == "" {
				return
			}
			query.Set("continuation-token", page.NextContinuationToken)
		}
	}
}
