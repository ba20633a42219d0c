package serve

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/apifyctl/apifyctl/internal/local"
)

// hosts are the names that a server goes by, in lower case.
type hosts []string

func newHosts(names []string) hosts {
	h := hosts{"localhost"}
	for _, name := range names {
		h = append(h, hostname(name))
	}
	return h
}

// only turns away requests for any other host, before anything happens. A page
// whose name was made to lead to this machine (DNS rebinding) counts as of the
// server's own origin for its browser, but has a name that is not one of these.
func (h hosts) only(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !h.include(r) {
			local.WriteError(w, http.StatusForbidden, "host-not-allowed",
				"This server does not go by the host name of the request; apifyctl serve --host NAME adds a name")
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (h hosts) include(r *http.Request) bool {
	name := hostname(r.Host)
	if slices.Contains(h, name) {
		return true
	}
	address, err := netip.ParseAddr(name)
	return err == nil && (address.IsLoopback() || address == localAddress(r))
}

// localAddress is the one that the connection was made to. A server that listens
// on all addresses has several.
func localAddress(r *http.Request) netip.Addr {
	tcp, ok := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr)
	if !ok {
		return netip.Addr{}
	}
	return tcp.AddrPort().Addr().Unmap().WithZone("")
}

// hostname is a host without its port, as hosts has it.
func hostname(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	return strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
}
