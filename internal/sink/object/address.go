package object

import (
	"fmt"
	"path"
	"strings"
)

// The schemes of addresses.
const (
	S3     = "s3"
	GS     = "gs"
	AZ     = "az"
	Rclone = "rclone"
)

// Address is where an object is, or with a prefix of a key several are.
type Address struct {
	Scheme string
	Bucket string // of Azure the container, of rclone the remote
	Key    string
}

// Is tells whether text is the address of an object, and not the name of a file.
func Is(text string) bool {
	scheme, _, _ := strings.Cut(text, ":")
	switch scheme {
	case S3, GS, AZ:
		return strings.HasPrefix(text, scheme+"://")
	case Rclone:
		return strings.HasPrefix(text, Rclone+":")
	}
	return false
}

// Parse takes an address apart. The key may be empty or end in a slash.
func Parse(text string) (Address, error) {
	if !Is(text) {
		return Address{}, fmt.Errorf("%q is no address of an object", text)
	}
	var a Address
	var separator, rest string
	a.Scheme, rest, _ = strings.Cut(text, ":")
	if a.Scheme == Rclone {
		separator = ":"
		if strings.HasPrefix(rest, ":") { // a remote made on the spot, :backend,option=value:path
			a.Bucket, rest = ":", rest[1:]
		}
	} else {
		separator = "/"
		rest = strings.TrimPrefix(rest, "//")
	}
	bucket, key, found := strings.Cut(rest, separator)
	a.Bucket, a.Key = a.Bucket+bucket, key
	switch {
	case bucket == "" || a.Scheme == Rclone && !found:
		return a, fmt.Errorf("%q lacks the name of %s", text, a.holder())
	case a.Scheme != Rclone && strings.ContainsAny(bucket, "?#@:%\\ "):
		return a, fmt.Errorf("%q: %q is no name of %s", text, bucket, a.holder())
	case strings.ContainsAny(text, "\x00\r\n"):
		return a, fmt.Errorf("%q holds a line break or a NUL", text)
	}
	return a, nil
}

func (a Address) holder() string {
	switch a.Scheme {
	case AZ:
		return "a container"
	case Rclone:
		return "a remote"
	}
	return "a bucket"
}

// String is the address as it is written.
func (a Address) String() string {
	if a.Scheme == Rclone {
		return Rclone + ":" + a.Bucket + ":" + a.Key
	}
	return a.Scheme + "://" + a.Bucket + "/" + a.Key
}

// Name is the last part of the key.
func (a Address) Name() string { return path.Base(a.Key) }

// IsPrefix tells that the key stands for several.
func (a Address) IsPrefix() bool { return a.Key == "" || strings.HasSuffix(a.Key, "/") }
