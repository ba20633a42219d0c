package serve

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/apifyctl/apifyctl/internal/local"
)

// Chaos is what goes wrong on purpose. The zero value: nothing.
type Chaos struct {
	faults  []statusFault
	latency time.Duration // added to each answer
	cut     float64       // share of connections that break, half of them before anything is done
}

type statusFault struct {
	status int
	rate   float64 // share of requests, 0 to 1
}

// ParseChaos reads 'status=429,rate=0.1;latency=50ms;cut=0.01'. There may be
// several statuses; a status without a rate is every answer.
func ParseChaos(text string) (Chaos, error) {
	var c Chaos
	for fault := range strings.SplitSeq(text, ";") {
		if fault = strings.TrimSpace(fault); fault == "" {
			continue
		}
		if err := c.add(fault); err != nil {
			return Chaos{}, err
		}
	}
	return c, nil
}

func (c *Chaos) add(fault string) (err error) {
	settings, rest, more := strings.Cut(fault, ",")
	name, value, _ := strings.Cut(settings, "=")
	if more && name != "status" {
		return fmt.Errorf("%q: only a status takes a rate", fault)
	}
	switch name {
	case "status":
		status, err := strconv.Atoi(value)
		if err != nil || status < 400 || status > 599 {
			return fmt.Errorf("%q: a status is a number from 400 to 599", fault)
		}
		share := 1.0
		if more {
			text, ok := strings.CutPrefix(rest, "rate=")
			if !ok {
				return fmt.Errorf("%q: a status takes a rate and nothing else", fault)
			}
			if share, err = parseShare(text); err != nil {
				return err
			}
		}
		c.faults = append(c.faults, statusFault{status, share})
	case "latency":
		if c.latency, err = time.ParseDuration(value); err != nil || c.latency < 0 {
			return fmt.Errorf("%q: a latency is a time such as 50ms", fault)
		}
	case "cut":
		c.cut, err = parseShare(value)
	default:
		return fmt.Errorf("%q: a fault is status=…, latency=… or cut=…", fault)
	}
	return err
}

func parseShare(text string) (float64, error) {
	share, err := strconv.ParseFloat(text, 64)
	if err != nil || !(share >= 0 && share <= 1) {
		return 0, fmt.Errorf("%q: a share of requests is a number from 0 to 1", text)
	}
	return share, nil
}

func happens(share float64) bool { return rand.Float64() < share } //nolint:gosec // no secret

func (c Chaos) disturbed(next http.Handler) http.Handler {
	if len(c.faults) == 0 && c.latency == 0 && c.cut == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !wait(r, c.latency) {
			return
		}
		for _, fault := range c.faults {
			if happens(fault.rate) {
				local.WriteError(w, fault.status, errorType(fault.status), "This error was asked for by --chaos")
				return
			}
		}
		switch {
		case !happens(c.cut):
			next.ServeHTTP(w, r)
		case happens(0.5): // before anything is done
			panic(http.ErrAbortHandler)
		default:
			next.ServeHTTP(&cutWriter{ResponseWriter: w}, r)
			panic(http.ErrAbortHandler)
		}
	})
}

// wait reports false if the client went away meanwhile.
func wait(r *http.Request, latency time.Duration) bool {
	if latency == 0 {
		return true
	}
	timer := time.NewTimer(latency)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

// errorType is what the API calls a status.
func errorType(status int) string {
	switch {
	case status == http.StatusUnauthorized:
		return "invalid-token"
	case status == http.StatusPaymentRequired:
		return "not-enough-usage-to-run-paid-actor"
	case status == http.StatusForbidden:
		return "insufficient-permissions"
	case status == http.StatusNotFound:
		return "record-not-found"
	case status == http.StatusTooManyRequests:
		return "rate-limit-exceeded"
	case status >= http.StatusInternalServerError:
		return "internal-server-error"
	}
	return "invalid-request"
}

// cutWriter lets through half of what is written first, and nothing after it.
type cutWriter struct {
	http.ResponseWriter
	cut bool
}

func (c *cutWriter) Write(p []byte) (int, error) {
	if c.cut {
		return 0, io.ErrClosedPipe
	}
	c.cut = true
	n, err := c.ResponseWriter.Write(p[:len(p)/2])
	if err == nil {
		// What was written must be on its way before the connection breaks.
		err = http.NewResponseController(c.ResponseWriter).Flush()
	}
	if err == nil {
		err = io.ErrClosedPipe
	}
	return n, err
}
