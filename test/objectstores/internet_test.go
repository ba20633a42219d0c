package objectstores

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"
)

// internet is a proxy that leads to hosts which the test plays or passes on to a
// server of its own: what the program does there by its vendors' names, over TLS.
type internet struct {
	env   []string // what a program has to know to go there
	mutex sync.Mutex
	seen  []string // hosts that were asked
}

func newInternet(t *testing.T, hosts map[string]http.Handler) *internet {
	t.Helper()
	i := &internet{}
	certificate, authority := certificates(t, hosts)
	front := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		i.mutex.Lock()
		i.seen = append(i.seen, r.Host)
		i.mutex.Unlock()
		hosts[r.Host].ServeHTTP(w, r)
	}))
	front.Config.ErrorLog = log.New(io.Discard, "", 0)
	front.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	front.StartTLS()
	t.Cleanup(front.Close)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if host, _, _ := net.SplitHostPort(r.Host); r.Method != http.MethodConnect || hosts[host] == nil {
			http.Error(w, "no such host", http.StatusBadGateway)
			return
		}
		tunnel(w, r, front.Listener.Addr().String())
	}))
	t.Cleanup(proxy.Close)
	i.env = []string{"HTTPS_PROXY=" + proxy.URL, "SSL_CERT_FILE=" + authority, "SSL_CERT_DIR=" + t.TempDir()}
	return i
}

func (i *internet) asked(host string) bool {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	return slices.Contains(i.seen, host)
}

func tunnel(w http.ResponseWriter, r *http.Request, address string) {
	there, err := (&net.Dialer{}).DialContext(r.Context(), "tcp", address)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	here, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		_ = there.Close()
		return
	}
	_, _ = io.WriteString(here, "HTTP/1.1 200 OK\r\n\r\n")
	go func() {
		_, _ = io.Copy(there, here) // either side may go first
		_ = there.Close()
	}()
	_, _ = io.Copy(here, there)
	_ = here.Close()
}

// certificates makes a certificate for the hosts, and the file of the authority that
// vouches for it.
func certificates(t *testing.T, hosts map[string]http.Handler) (certificate tls.Certificate, authority string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for host := range hosts {
		template.DNSNames = append(template.DNSNames, host)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	authority = filepath.Join(t.TempDir(), "authority.pem")
	if err := os.WriteFile(authority, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, authority
}

// onTo passes requests that are let in on to a server. prefix goes before the path,
// query behind the query, and the header that let it in stays here where drop says so.
func onTo(t *testing.T, endpoint, prefix, query string, letIn func(*http.Request) bool, drop ...string) http.Handler {
	t.Helper()
	target, err := url.Parse(endpoint)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.URL.Path, r.Out.URL.RawPath = prefix+r.In.URL.Path, ""
		if query != "" {
			r.Out.URL.RawQuery += "&" + query
		}
		for _, name := range drop {
			r.Out.Header.Del(name)
		}
	}}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !letIn(r) {
			http.Error(w, "who are you?", http.StatusForbidden)
			return
		}
		proxy.ServeHTTP(w, r)
	})
}
