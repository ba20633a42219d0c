package objectstores

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
)

func fakeGCS(t *testing.T) store {
	t.Helper()
	address := free(t)
	_, port, _ := net.SplitHostPort(address)
	serve(t, address, nil, "fake-gcs-server", "-scheme", "http", "-host", "127.0.0.1", "-port", port, "-backend", "memory", "-public-host", address, "-log-level", "error")
	base := "http://" + address
	request(t, http.MethodPost, base+"/storage/v1/b?project=p", `{"name":"`+bucket+`"}`)
	through := func(endpoint string) []string { return []string{"STORAGE_EMULATOR_HOST=" + endpoint} }
	at := func(key string) string { return base + "/storage/v1/b/" + bucket + "/o/" + url.PathEscape(key) }
	return store{
		name: "fake-gcs-server", prefix: "gs://" + bucket + "/", endpoint: base, through: through, env: through(base),
		get: func(key string) ([]byte, map[string]string, bool) {
			facts, status := request(t, http.MethodGet, at(key), "")
			if status != http.StatusOK {
				return nil, nil, false
			}
			var object struct{ Metadata map[string]string }
			if err := json.Unmarshal(facts, &object); err != nil {
				t.Fatal(err)
			}
			body, _ := request(t, http.MethodGet, at(key)+"?alt=media", "")
			return body, object.Metadata, true
		},
	}
}

func request(t *testing.T, method, address, body string) (answer []byte, status int) {
	t.Helper()
	r, err := http.NewRequestWithContext(context.WithoutCancel(t.Context()), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = got.Body.Close() }() // it was read
	text, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	return text, got.StatusCode
}

func azurite(t *testing.T) store {
	t.Helper()
	address := free(t)
	host, port, _ := net.SplitHostPort(address)
	key := base64.StdEncoding.EncodeToString([]byte(strings.Repeat(secretMarker, 8)))
	serve(t, address, []string{"AZURITE_ACCOUNTS=user:" + key}, "azurite-blob",
		"--blobHost", host, "--blobPort", port, "--location", t.TempDir(), "--silent", "--skipApiVersionCheck", "--disableTelemetry")
	through := func(endpoint string) []string {
		return []string{"AZURE_STORAGE_ACCOUNT=user", "AZURE_STORAGE_KEY=" + key, "AZURE_STORAGE_SERVICE_ENDPOINT=" + endpoint + "/user"}
	}
	base := "http://" + address
	credential, err := container.NewSharedKeyCredential("user", key)
	if err != nil {
		t.Fatal(err)
	}
	client, err := container.NewClientWithSharedKeyCredential(base+"/user/"+bucket, credential, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Create(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	return store{
		name: "azurite", prefix: "az://" + bucket + "/", endpoint: base, through: through, env: through(base),
		secrets: []string{key},
		get: func(key string) ([]byte, map[string]string, bool) {
			answer, err := client.NewBlobClient(key).DownloadStream(context.WithoutCancel(t.Context()), nil)
			if err != nil {
				return nil, nil, false
			}
			metadata := map[string]string{}
			for name, value := range answer.Metadata {
				metadata[strings.ReplaceAll(strings.ToLower(name), "_", "-")] = *value
			}
			return all(t, answer.Body), metadata, true
		},
	}
}

// localRclone is a folder that rclone knows by a remote's name.
func localRclone(t *testing.T) store {
	t.Helper()
	if _, err := os.Stat(filepath.Join(tools(t), "rclone")); err != nil {
		t.Skip("SKIPPED: there is no rclone in the folder of OBJECT_STORES")
	}
	folder := t.TempDir()
	env := []string{"PATH=" + tools(t) + string(os.PathListSeparator) + os.Getenv("PATH"), "RCLONE_CONFIG_THERE_TYPE=alias", "RCLONE_CONFIG_THERE_REMOTE=" + folder}
	return store{
		name: "rclone", prefix: "rclone:there:" + bucket + "/", env: env, weak: true,
		get: func(key string) ([]byte, map[string]string, bool) {
			file, err := os.Open(filepath.Join(folder, bucket, filepath.FromSlash(key)))
			if err != nil {
				return nil, nil, false
			}
			return all(t, file), nil, true
		},
		files: func() (names []string) {
			_ = filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
				if err == nil && !entry.IsDir() {
					names = append(names, path)
				}
				return err
			})
			slices.Sort(names)
			return names
		},
	}
}
