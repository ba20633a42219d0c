// Package azure keeps objects in Azure Blob Storage. It is the only package that
// knows Microsoft's libraries.
package azure

import (
	"cmp"
	"context"
	"errors"
	"io"
	"iter"
	"net/url"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"

	"github.com/apifyctl/apifyctl/internal/sink/object"
)

// Store is a container.
type Store struct {
	container *container.Client
	retries   object.Retries
}

// Open finds the account and credentials as Azure's own tools do: a connection
// string, a key or a shared access signature in the environment (AZURE_STORAGE_…),
// else those of azidentity: the environment, workload and managed identity, and
// what the Azure CLI is logged in as. Nothing is sent to the container yet.
func Open(_ context.Context, name string, settings object.Settings) (*Store, error) {
	env := settings.Getenv
	options := &container.ClientOptions{ClientOptions: azcore.ClientOptions{
		Transport: settings.Client(),
		Retry:     policy.RetryOptions{MaxRetries: -1}, // object.Retries does it
	}}
	s := &Store{retries: settings.Retries}
	if text := env("AZURE_STORAGE_CONNECTION_STRING"); text != "" {
		client, err := container.NewClientFromConnectionString(text, name, options)
		if err != nil {
			return nil, denied("AZURE_STORAGE_CONNECTION_STRING cannot be read", err)
		}
		s.container = client
		return s, nil
	}
	account := cmp.Or(env("AZURE_STORAGE_ACCOUNT"), env("AZURE_STORAGE_ACCOUNT_NAME"))
	endpoint := cmp.Or(settings.Endpoint, env("AZURE_STORAGE_SERVICE_ENDPOINT"))
	if endpoint == "" && account == "" {
		return nil, denied("the storage account is not known", nil)
	}
	if endpoint == "" {
		endpoint = "https://" + account + ".blob.core.windows.net"
	}
	address, err := url.JoinPath(endpoint, name)
	if err != nil {
		return nil, object.BadAddress(err)
	}
	s.container, err = open(address, account, env, options)
	if err != nil {
		return nil, denied("Azure's credentials cannot be used", err)
	}
	return s, nil
}

func open(address, account string, env func(string) string, options *container.ClientOptions) (*container.Client, error) {
	key, signature := cmp.Or(env("AZURE_STORAGE_KEY"), env("AZURE_STORAGE_ACCOUNT_KEY")), env("AZURE_STORAGE_SAS_TOKEN")
	switch {
	case key != "":
		credential, err := container.NewSharedKeyCredential(account, key)
		if err != nil {
			return nil, err
		}
		return container.NewClientWithSharedKeyCredential(address, credential, options)
	case signature != "":
		return container.NewClientWithNoCredential(address+"?"+strings.TrimPrefix(signature, "?"), options)
	}
	credential, err := azidentity.NewDefaultAzureCredential(nil)
	if err != nil {
		return nil, err
	}
	return container.NewClient(address, credential, options)
}

func denied(problem string, err error) error {
	return &object.Error{
		Kind: object.Denied, Problem: problem, Err: err,
		Hint: "set AZURE_STORAGE_ACCOUNT, and AZURE_STORAGE_KEY or AZURE_STORAGE_SAS_TOKEN unless `az login` or the machine's identity will do; or AZURE_STORAGE_CONNECTION_STRING",
	}
}

// Stat looks a blob up.
func (s *Store) Stat(ctx context.Context, key string) (object.Info, error) {
	found, err := s.look(ctx, key)
	return object.Info{Key: key, Size: number(found.ContentLength)}, err
}

func (s *Store) look(ctx context.Context, key string) (found blob.GetPropertiesResponse, err error) {
	client := s.container.NewBlobClient(key)
	err = s.retries.Do(ctx, func() error {
		found, err = client.GetProperties(ctx, nil)
		return explained(err)
	})
	return found, err
}

func number(n *int64) int64 {
	if n == nil {
		return -1
	}
	return *n
}

// Open reads a blob.
func (s *Store) Open(ctx context.Context, key string) (io.ReadCloser, error) {
	client := s.container.NewBlobClient(key)
	return object.NewReader(ctx, s.retries, func(offset int64, tag string) (io.ReadCloser, object.Content, error) {
		options := &blob.DownloadStreamOptions{Range: blob.HTTPRange{Offset: offset}}
		if offset > 0 {
			options.AccessConditions = &blob.AccessConditions{ModifiedAccessConditions: &blob.ModifiedAccessConditions{IfMatch: new(azcore.ETag(tag))}}
		}
		var answer blob.DownloadStreamResponse
		err := s.retries.Do(ctx, func() (err error) {
			answer, err = client.DownloadStream(ctx, options)
			return explained(err)
		})
		if err != nil {
			return nil, object.Content{}, err
		}
		content := object.Content{Length: number(answer.ContentLength)}
		if answer.ETag != nil {
			content.Tag = string(*answer.ETag)
		}
		return answer.Body, content, nil
	})
}

// List yields the blobs whose names begin with a prefix.
func (s *Store) List(ctx context.Context, prefix string) iter.Seq2[object.Info, error] {
	return func(yield func(object.Info, error) bool) {
		pages := s.container.NewListBlobsFlatPager(&container.ListBlobsFlatOptions{Prefix: &prefix})
		for pages.More() {
			var page container.ListBlobsFlatResponse
			err := s.retries.Do(ctx, func() (err error) {
				page, err = pages.NextPage(ctx)
				return explained(err)
			})
			if err != nil {
				yield(object.Info{}, err)
				return
			}
			for _, each := range page.Segment.BlobItems {
				if !yield(object.Info{Key: *each.Name, Size: number(each.Properties.ContentLength)}, nil) {
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
	answer, answered := errors.AsType[*azcore.ResponseError](err)
	if _, failed := errors.AsType[*azidentity.AuthenticationFailedError](err); failed || unavailable(err) {
		return denied("there are no Azure credentials that may be used", err)
	}
	if !answered {
		return object.FromNetwork(err)
	}
	e := object.FromStatus(answer.StatusCode, answer.ErrorCode, "", err)
	if answer.RawResponse != nil {
		e.Wait = answer.RawResponse.Header.Get("Retry-After")
	}
	switch answer.ErrorCode {
	case "ContainerNotFound":
		e.Problem, e.Hint = "there is no such container", "make the container first; its name, AZURE_STORAGE_ACCOUNT and --endpoint-url may also be wrong"
	case "BlobAlreadyExists", "ConditionNotMet", "UnauthorizedBlobOverwrite":
		e.Kind, e.Problem = object.Exists, "it was written meanwhile, and stays"
	case "InvalidBlockList":
		e.Kind, e.Problem = object.Failed, "something else was written there meanwhile, and the store has dropped what was sent"
	case "InvalidBlobOrBlock":
		e.Problem, e.Hint = "another program's blocks are in the way", "they go away when a blob is written there, or after a week"
	case "Md5Mismatch", "Crc64Mismatch", "ServerBusy", "OperationTimedOut", "InternalError":
		e.Kind = object.Busy
	}
	return e
}

// unavailable tells that no credential was found. azidentity has no exported type
// for it but this interface.
func unavailable(err error) bool {
	var found interface{ NonRetriable() }
	return errors.As(err, &found)
}
