package object

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"io"
	"maps"
	"net/http"
)

// How much is read of an answer that is no object, and of one that is an error.
const (
	maxAnswer  = 8 << 20
	maxRefusal = 64 << 10
)

// NewRequest is a request to a store whose body has a known length.
func NewRequest(ctx context.Context, method, address string, header http.Header, body io.Reader, length int64) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return nil, BadAddress(err)
	}
	maps.Copy(r.Header, header)
	r.ContentLength = length
	if length == 0 {
		r.Body, r.GetBody = http.NoBody, nil
	}
	return r, nil
}

// Send sends a request once. The answer is the caller's to close; err is in our words.
func Send(client *http.Client, r *http.Request) (*http.Response, error) {
	answer, err := client.Do(r) //nolint:gosec // the address is the user's own
	switch {
	case err != nil && r.Context().Err() != nil:
		return nil, r.Context().Err()
	case err != nil:
		return nil, FromNetwork(err)
	}
	return answer, nil
}

// ReadAnswer reads an answer that is no object, and closes it.
func ReadAnswer(answer *http.Response) ([]byte, error) {
	defer func() { _ = answer.Body.Close() }() // it was read
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err != nil {
		return nil, FromNetwork(err)
	}
	return text, nil
}

// ReadRefusal reads an answer that is an error as far as it can be read, and closes it.
func ReadRefusal(answer *http.Response) []byte {
	defer func() { _ = answer.Body.Close() }()                     // nothing more is wanted of it
	text, _ := io.ReadAll(io.LimitReader(answer.Body, maxRefusal)) // what could not be read is not told
	return text
}

// CRCText is a CRC32C as stores write it.
func CRCText(sum uint32) string {
	return base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint32(nil, sum))
}
