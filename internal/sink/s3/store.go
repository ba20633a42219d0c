// Package s3 keeps objects in Amazon S3 and in what speaks its protocol. It is the
// only package that knows Amazon's library.
package s3

import (
	"context"
	"errors"
	"io"
	"iter"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/logging"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/apifyctl/apifyctl/internal/sink/object"
)

// Store is a bucket.
type Store struct {
	bucket   string
	current  atomic.Pointer[s3.Client] // see moved
	retries  object.Retries
	plainSum bool // Content-MD5 and nothing newer: the user said so, or the store has
}

// anyRegion is what stores that have none are told.
const anyRegion = "us-east-1"

// Open finds credentials, region and address as Amazon's own tools do: in the
// environment, in profiles, by single sign-on, roles, web identity, and from the
// machine that this runs on. Nothing is sent to the bucket yet.
func Open(ctx context.Context, bucket string, settings object.Settings) (*Store, error) {
	loaded, err := config.LoadDefaultConfig(ctx, config.WithLogger(logging.Nop{}))
	if err != nil {
		return nil, &object.Error{Kind: object.Denied, Problem: "the AWS configuration cannot be read: " + firstLine(err), Err: err}
	}
	if loaded.Region == "" {
		loaded.Region = anyRegion
	}
	if _, err := loaded.Credentials.Retrieve(ctx); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, &object.Error{
			Kind: object.Denied, Problem: "there are no AWS credentials", Err: err,
			Hint: "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or log in with `aws sso login`",
		}
	}
	http := settings.Client()
	client := s3.NewFromConfig(loaded, func(o *s3.Options) {
		o.HTTPClient = http
		o.RetryMaxAttempts, o.Retryer = 1, aws.NopRetryer{} // object.Retries does it
		// Checksums are sent as headers, never behind the body, which not every store takes.
		o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
		o.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
		o.DisableLogOutputChecksumValidationSkipped = true
		if settings.Endpoint != "" {
			o.BaseEndpoint = aws.String(settings.Endpoint)
		}
		// The buckets of most other stores are in the path.
		o.UsePathStyle = o.BaseEndpoint != nil && !isAmazon(*o.BaseEndpoint) || strings.Contains(bucket, ".")
	})
	s := &Store{
		bucket: bucket, retries: settings.Retries,
		plainSum: loaded.RequestChecksumCalculation == aws.RequestChecksumCalculationWhenRequired,
	}
	s.current.Store(client)
	return s, nil
}

func (s *Store) client() *s3.Client { return s.current.Load() }

func isAmazon(endpoint string) bool {
	parsed, err := url.Parse(endpoint)
	return err == nil && (strings.HasSuffix(parsed.Hostname(), ".amazonaws.com") || strings.HasSuffix(parsed.Hostname(), ".amazonaws.com.cn"))
}

// unsigned leaves the body out of the signature where TLS protects it anyway.
func (s *Store) unsigned(o *s3.Options) {
	if o.BaseEndpoint == nil || strings.HasPrefix(*o.BaseEndpoint, "https:") {
		o.APIOptions = append(o.APIOptions, v4.SwapComputePayloadSHA256ForUnsignedPayloadMiddleware)
	}
}

// Stat looks an object up.
func (s *Store) Stat(ctx context.Context, key string) (object.Info, error) {
	head, err := s.head(ctx, key)
	if err != nil {
		return object.Info{}, err
	}
	return object.Info{Key: key, Size: aws.ToInt64(head.ContentLength)}, nil
}

func (s *Store) head(ctx context.Context, key string) (head *s3.HeadObjectOutput, err error) {
	err = s.do(ctx, func() error {
		head, err = s.client().HeadObject(ctx, &s3.HeadObjectInput{Bucket: &s.bucket, Key: &key, ChecksumMode: "ENABLED"})
		return err
	})
	return head, err
}

// do tries a call as often as makes sense. A bucket of another region is asked there.
func (s *Store) do(ctx context.Context, call func() error) error {
	return s.retries.Do(ctx, func() error {
		err := call()
		if s.moved(err) {
			err = call()
		}
		return explained(err)
	})
}

// moved tells that a bucket is in another region, and goes there from now on.
func (s *Store) moved(err error) bool {
	answer, ok := errors.AsType[*smithyhttp.ResponseError](err)
	if !ok || answer.Response == nil {
		return false
	}
	region := answer.Response.Header.Get("X-Amz-Bucket-Region")
	status := answer.HTTPStatusCode()
	options := s.client().Options()
	if region == "" || region == options.Region || options.BaseEndpoint != nil || status != http.StatusMovedPermanently && status != http.StatusBadRequest {
		return false
	}
	options.Region = region
	s.current.Store(s3.New(options))
	return true
}

// Open reads an object. When the connection breaks it goes on where it was, in the
// same version of the object.
func (s *Store) Open(ctx context.Context, key string) (io.ReadCloser, error) {
	return object.NewReader(ctx, s.retries, func(offset int64, tag string) (io.ReadCloser, object.Content, error) {
		input := &s3.GetObjectInput{Bucket: &s.bucket, Key: &key}
		if offset > 0 {
			input.Range, input.IfMatch = aws.String(object.From(offset)), &tag
		}
		var output *s3.GetObjectOutput
		err := s.do(ctx, func() (err error) {
			output, err = s.client().GetObject(ctx, input)
			return err
		})
		if err != nil {
			return nil, object.Content{}, err
		}
		return output.Body, object.Content{Length: aws.ToInt64(output.ContentLength), Tag: aws.ToString(output.ETag)}, nil
	})
}

// List yields the objects whose keys begin with a prefix.
func (s *Store) List(ctx context.Context, prefix string) iter.Seq2[object.Info, error] {
	return func(yield func(object.Info, error) bool) {
		pages := s3.NewListObjectsV2Paginator(s.client(), &s3.ListObjectsV2Input{Bucket: &s.bucket, Prefix: &prefix})
		for pages.HasMorePages() {
			var page *s3.ListObjectsV2Output
			err := s.do(ctx, func() (err error) {
				page, err = pages.NextPage(ctx)
				return err
			})
			if err != nil {
				yield(object.Info{}, err)
				return
			}
			for _, each := range page.Contents {
				if !yield(object.Info{Key: aws.ToString(each.Key), Size: aws.ToInt64(each.Size)}, nil) {
					return
				}
			}
		}
	}
}

// explained puts an error in our words.
func explained(err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, context.Canceled) {
		return context.Canceled
	}
	code, message := "", ""
	if answer, ok := errors.AsType[smithy.APIError](err); ok {
		code, message = answer.ErrorCode(), answer.ErrorMessage()
	}
	answer, answered := errors.AsType[*smithyhttp.ResponseError](err)
	if !answered || answer.HTTPStatusCode() == 0 {
		if _, signing := errors.AsType[*v4.SigningError](err); signing {
			return &object.Error{Kind: object.Denied, Problem: "there are no AWS credentials that still hold", Err: err}
		}
		return object.FromNetwork(err)
	}
	status := answer.HTTPStatusCode()
	if status < http.StatusBadRequest && code != "" {
		status = http.StatusInternalServerError // an error behind the status 200
	}
	explained := object.FromStatus(status, code, message, err)
	if answer.Response != nil {
		explained.Wait = answer.Response.Header.Get("Retry-After")
	}
	switch code {
	case "NoSuchBucket":
		explained.Problem, explained.Hint = "there is no such bucket", "make the bucket first; its name, region and --endpoint-url may also be wrong"
	case "NoSuchUpload":
		explained.Problem = "the upload is not there any more"
	case "SlowDown", "ServiceUnavailable", "InternalError", "RequestTimeout", "BadDigest", "IncompleteBody", "XAmzContentChecksumMismatch", "OperationAborted", "RequestTimeTooSkewed":
		if code != "RequestTimeTooSkewed" {
			explained.Kind = object.Busy
		}
	case "ConditionalRequestConflict":
		explained.Kind = object.Busy
	case "PermanentRedirect", "AuthorizationHeaderMalformed":
		explained.Hint = "say the bucket's region with AWS_REGION"
	}
	return explained
}

// firstLine keeps an error that is a list of them short.
func firstLine(err error) string {
	text, _, _ := strings.Cut(err.Error(), "\n")
	return text
}
