package mockapi

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"math/big"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// signedFor is the storage whose items a signed link opens, or nil.
func (s *Server) signedFor(r *http.Request, k *kind, parts []string) *storage {
	given := r.URL.Query().Get("signature")
	if given == "" || len(parts) != 2 || r.Method != http.MethodGet && r.Method != http.MethodHead {
		return nil
	}
	found := s.byID(parts[0])
	if found == nil || found.kind != k || parts[1] != map[*kind]string{datasets: "items", keyValueStores: "keys"}[k] {
		return nil
	}
	text, err := base64.RawURLEncoding.DecodeString(given)
	fields := strings.SplitN(string(text), ".", 3)
	if err != nil || len(fields) != 3 {
		return nil
	}
	until, err := strconv.ParseInt(fields[1], 10, 64)
	if err != nil || until != 0 && time.UnixMilli(until).Before(time.Now()) {
		return nil
	}
	if fields[2] != shortHash(fields[0]+"."+fields[1]+"."+found.id) {
		return nil
	}
	return found
}

// shortHash is 120 bits of an HMAC in base 62, digit by digit.
func shortHash(message string) string {
	mac := hmac.New(sha256.New, []byte(SigningSecret))
	mac.Write([]byte(message))
	sum := mac.Sum(nil)
	number := new(big.Int).SetUint64(binary.BigEndian.Uint64(sum[:8]))
	number.Lsh(number, 56)
	number.Or(number, new(big.Int).SetBytes(sum[8:15]))
	const alphabet = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	var digits []byte
	for rest := new(big.Int); number.Sign() > 0; {
		number.DivMod(number, big.NewInt(62), rest)
		digits = append(digits, alphabet[rest.Int64()])
	}
	slices.Reverse(digits)
	return string(digits)
}
