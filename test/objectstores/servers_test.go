package objectstores

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/apifyctl/apifyctl/test/process"
)

// store is a real server, and how a test sees what is in it.
type store struct {
	name   string
	prefix string   // of addresses in it
	env    []string // what the program has to know

	// endpoint is the server's address; through is the environment of a program that
	// goes there by way of another one.
	endpoint string
	through  func(endpoint string) []string

	get     func(key string) (body []byte, metadata map[string]string, there bool)
	pending func() int      // uploads that are neither committed nor aborted
	files   func() []string // of a folder; nil elsewhere
	secrets []string
	weak    bool // it can neither be asked beforehand whether it may be written to, nor shows what is sent
}

// tools is the folder with the servers' programs.
func tools(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("OBJECT_STORES")
	if dir == "" {
		t.Skip("OBJECT_STORES names the folder with the servers; test/objectstores/run makes it")
	}
	return dir
}

// serve starts a server, waits until it listens, and ends it with the test.
func serve(t *testing.T, address string, env []string, name string, args ...string) {
	t.Helper()
	command := exec.CommandContext(context.WithoutCancel(t.Context()), filepath.Join(tools(t), name), args...)
	command.Env = append(os.Environ(), env...)
	log := &process.Said{}
	command.Stdout, command.Stderr = log, log
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = command.Wait() // it says that it was killed
		close(ended)
	}()
	t.Cleanup(func() {
		_ = command.Process.Kill()
		<-ended
	})
	for {
		if conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address); err == nil {
			_ = conn.Close()
			return
		}
		select {
		case <-ended:
			t.Fatalf("%s ended: %s", name, log)
		case <-t.Context().Done():
			t.Fatalf("%s does not listen: %s", name, log)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// free is an address that nothing listens on.
func free(t *testing.T) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}

const bucket = "bucket"

func versitygw(t *testing.T) store {
	t.Helper()
	address := free(t)
	serve(t, address, nil, "versitygw", "--port", address, "--access", "user", "--secret", secretMarker+"key", "--quiet", "posix", t.TempDir())
	return s3Store(t, "versitygw", "http://"+address)
}

func moto(t *testing.T) store {
	t.Helper()
	address := free(t)
	_, port, _ := net.SplitHostPort(address)
	serve(t, address, nil, "moto_server", "-H", "127.0.0.1", "-p", port)
	return s3Store(t, "moto", "http://"+address)
}

// s3Store looks into an S3 with Amazon's library.
func s3Store(t *testing.T, name, endpoint string) store {
	t.Helper()
	client := s3.New(s3.Options{
		Region: "us-east-1", BaseEndpoint: &endpoint, UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider("user", secretMarker+"key", ""),
	})
	if _, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String(bucket)}); err != nil {
		t.Fatal(err)
	}
	through := func(endpoint string) []string {
		return []string{"AWS_ACCESS_KEY_ID=user", "AWS_SECRET_ACCESS_KEY=" + secretMarker + "key", "AWS_REGION=us-east-1", "AWS_ENDPOINT_URL_S3=" + endpoint}
	}
	return store{
		name: name, prefix: "s3://" + bucket + "/", endpoint: endpoint, through: through, env: through(endpoint),
		get: func(key string) ([]byte, map[string]string, bool) {
			output, err := client.GetObject(context.WithoutCancel(t.Context()), &s3.GetObjectInput{Bucket: aws.String(bucket), Key: &key})
			if err != nil {
				return nil, nil, false
			}
			metadata := output.Metadata
			tags, err := client.GetObjectTagging(context.WithoutCancel(t.Context()), &s3.GetObjectTaggingInput{Bucket: aws.String(bucket), Key: &key})
			if err == nil { // of objects of several parts
				for _, tag := range tags.TagSet {
					if metadata["apifyctl-upload"] == "" {
						t.Errorf("%s has tags %v, and metadata %v", key, tags.TagSet, output.Metadata)
					}
					metadata[*tag.Key] = *tag.Value
				}
			}
			return all(t, output.Body), metadata, true
		},
		pending: func() int {
			output, err := client.ListMultipartUploads(context.WithoutCancel(t.Context()), &s3.ListMultipartUploadsInput{Bucket: aws.String(bucket)})
			if err != nil {
				t.Fatal(err)
			}
			return len(output.Uploads)
		},
	}
}
