package api

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func newTLSServer(t *testing.T, handle http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(handle)
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}

func TestHTTP2(t *testing.T) {
	s := &itemServer{stored: 5000}
	server := newTLSServer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor != 2 {
			t.Errorf("got %s", r.Proto)
		}
		s.ServeHTTP(w, r)
	})
	transport := NetworkTransport()
	transport.TLSClientConfig = server.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
	transport.TLSClientConfig.NextProtos = nil
	client := newTestClient(t, server, func(o *Options) { o.Transport = transport })
	got, err := collect(t, client, mustRef(t, "~x"), ItemsOptions{PageSize: 300})
	if err != nil {
		t.Fatal(err)
	}
	wantRange(t, got, 0, 5000)
}

// A certificate that is not trusted will not be so after a wait either.
func TestUntrustedCertificateIsNotTriedAgain(t *testing.T) {
	server := newTLSServer(t, goodDataset)
	client := newTestClient(t, server, func(o *Options) {
		o.OnRetry = func(err error, _ time.Duration) { t.Errorf("tried again after %v", err) }
	})
	_, err := client.Datasets().Get(t.Context(), mustRef(t, "~x"))
	if err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("error is %v", err)
	}
}

func TestPlainServerBehindHTTPSIsNotTriedAgain(t *testing.T) {
	server := newServer(t, goodDataset)
	client := newTestClient(t, server, func(o *Options) {
		o.BaseURL = strings.Replace(server.URL, "http:", "https:", 1)
		o.OnRetry = func(err error, _ time.Duration) { t.Errorf("tried again after %v", err) }
	})
	if _, err := client.Datasets().Get(t.Context(), mustRef(t, "~x")); err == nil {
		t.Error("no error")
	}
}

func TestNetworkTransportHasNoOverallLimit(t *testing.T) {
	transport := NetworkTransport()
	if transport.ResponseHeaderTimeout != 0 || transport.TLSHandshakeTimeout == 0 || !transport.DisableCompression {
		t.Errorf("got %+v", transport)
	}
	if config := transport.TLSClientConfig; config != nil && config.MinVersion != 0 && config.MinVersion < tls.VersionTLS12 {
		t.Error("TLS is too old")
	}
}
