package api

import (
	"net"
	"strings"
)

// PlainHTTPError is a token that would cross a network for everybody on the way to
// read.
type PlainHTTPError struct{ Host string }

func (e *PlainHTTPError) Error() string {
	return "the token would go over plain http to " + e.Host
}

// isLoopback tells whether a host, without a port, is this machine by its name alone.
func isLoopback(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
}

// isInside tells whether a host's address is one that outsiders do not reach: of
// this machine, of a private network, of a cloud's own services. Who answers from
// outside must not have it asked for something there.
func isInside(host string) bool {
	ip := net.ParseIP(strings.TrimSuffix(host, "."))
	return isLoopback(host) || ip != nil && (ip.IsPrivate() || ip.IsLinkLocalUnicast() || ip.IsUnspecified())
}
