// Package signature computes and checks the signatures that open a storage's
// contents to whoever has the link, without a token.
package signature

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"math/big"
	"strconv"
	"strings"
	"time"
)

// version is the first part of a storage's signature; there is one so far.
const version = "0"

// Storage signs a dataset's items or a store's keys until expires. The zero
// time is for ever.
func Storage(secret, storageID string, expires time.Time) string {
	milliseconds := "0"
	if !expires.IsZero() {
		milliseconds = strconv.FormatInt(expires.UnixMilli(), 10)
	}
	head := version + "." + milliseconds + "."
	return base64.RawURLEncoding.EncodeToString([]byte(head + Record(secret, head+storageID)))
}

// Record signs one record of a store, for ever: 30 hexadecimal digits of an
// HMAC, as a number to the base of 62.
func Record(secret, key string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(key))
	number, _ := new(big.Int).SetString(hex.EncodeToString(mac.Sum(nil))[:30], 16) // hexadecimal digits are a number
	return number.Text(62)
}

// ValidStorage reports whether text is a storage's signature that has not
// expired. Base64's padding is allowed.
func ValidStorage(secret, storageID, text string, now time.Time) bool {
	decoded, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(text, "="))
	if err != nil {
		return false
	}
	head, milliseconds, ok := strings.Cut(string(decoded), ".")
	milliseconds, _, found := strings.Cut(milliseconds, ".")
	expires, err := strconv.ParseInt(milliseconds, 10, 64)
	if !ok || !found || err != nil || head != version || expires < 0 {
		return false
	}
	if expires != 0 && now.UnixMilli() >= expires {
		return false
	}
	head += "." + milliseconds + "."
	return hmac.Equal(decoded, []byte(head+Record(secret, head+storageID)))
}

// ValidRecord reports whether text is the signature of a record.
func ValidRecord(secret, key, text string) bool {
	return hmac.Equal([]byte(text), []byte(Record(secret, key)))
}
