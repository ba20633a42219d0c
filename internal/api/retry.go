package api

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// maxRetryAfter is the longest wait that a server's Retry-After can ask for.
// Who is told to wait longer is better served with the error.
const maxRetryAfter = 5 * time.Minute

// maxContradictions is how many tries an answer that contradicts itself is worth.
const maxContradictions = 4

type retryOptions struct {
	tries   int
	delay   time.Duration
	silence time.Duration // how long the server may be silent, over all tries in a row
	certain bool          // an error of the API means that nothing was done, whatever its status
	notify  func(error, time.Duration)
	server  *reachable
}

// retried tries again after 429, 5xx but 501, a lost connection, a body that
// ended early, and one that contradicts its headers. The wait is random in
// [D, 2D), D doubling; a longer Retry-After is obeyed.
//
// A request that must be carried out once is tried again only when the server
// certainly did not act: it was not reached, or the API says so itself.
// Otherwise its error is ErrOutcomeUnknown too.
func retried(next handler, o retryOptions) handler {
	return func(ctx context.Context, a attempt) (*response, error) {
		between := waits(o.delay)
		unclear := false // an earlier try may have been carried out
		var silent time.Duration
		for a.try = 1; ; a.try++ {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			began := time.Now()
			answer, err := next(ctx, a)
			o.server.note(err)
			if err == nil {
				return answer, nil
			}
			v := judge(err)
			if e, ok := errors.AsType[*Error](err); ok && o.certain && e.byAPI() {
				v.acted = false
			}
			if ctx.Err() != nil {
				return nil, interrupted(ctx, a.request, v)
			}
			if unclear && IsNotFound(err) {
				if a.goneIsDone {
					return answer, nil
				}
				if a.method == http.MethodPut {
					// A rename that was carried out leaves nothing under the old name.
					return nil, fmt.Errorf("%w: %w", ErrOutcomeUnknown, err)
				}
			}
			unclear = unclear || v.acted
			if a.once && v.acted {
				return nil, fmt.Errorf("%w: %w", ErrOutcomeUnknown, err)
			}
			if v.silent {
				silent += time.Since(began)
			} else {
				silent = 0
			}
			if end := o.end(a, v, silent); end != "" || !v.again || o.tries == 1 || o.server.givesUp(err, a.try) {
				err = fmt.Errorf("%w%s", err, end)
				if a.unconfirmed(err) {
					err = fmt.Errorf("%w: %w", ErrOutcomeUnknown, err)
				}
				return nil, err
			}
			wait := max(between.next(), v.wait)
			if o.notify != nil {
				o.notify(err, wait)
			}
			if err := sleep(ctx, wait); err != nil {
				return nil, err
			}
		}
	}
}

// end says why what is worth another try gets none, as the end of the error's
// text; "" where it gets one.
func (o retryOptions) end(a attempt, v verdict, silent time.Duration) string {
	tries := ", after " + plural(a.try, "try", "tries")
	switch {
	case !v.again || o.tries == 1:
		return ""
	case v.silent && silent >= o.silence:
		return tries
	case a.try >= o.tries, v.contradiction && a.try >= maxContradictions:
		return tries
	case v.wait > maxRetryAfter:
		return fmt.Sprintf("%s; the server asks to wait %s", tries, v.wait.Round(time.Second))
	}
	return ""
}

// unconfirmed tells that a request which changes something got a good status
// without what belongs to it.
func (a attempt) unconfirmed(err error) bool {
	_, broken := errors.AsType[*answerError](err)
	return broken && a.method != http.MethodGet && a.method != http.MethodHead
}

// maxWait is where waits end to grow.
const maxWait = 5 * time.Minute

// waits are random times in [d, 2d), d doubling with each.
type waits time.Duration

func (w *waits) next() time.Duration {
	d := time.Duration(*w)
	*w = waits(max(d, min(2*d, maxWait)))
	return d + rand.N(max(d, 1)) //nolint:gosec // jitter
}

// verdict is what a failed try means for the next one.
type verdict struct {
	again         bool          // worth another try
	acted         bool          // the server may have carried the request out
	silent        bool          // nothing came for too long
	contradiction bool          // the answer contradicts itself
	wait          time.Duration // at least
}

func judge(err error) verdict {
	if e, ok := errors.AsType[*Error](err); ok {
		switch {
		case e.Status == http.StatusTooManyRequests, e.Status == http.StatusServiceUnavailable:
			// A gateway can say so after the API has done its work.
			return verdict{again: true, acted: !e.byAPI(), wait: e.RetryAfter}
		case e.Status == http.StatusInsufficientStorage && e.byAPI():
			return verdict{} // there was no room for it
		case e.Status >= 500 && e.Status != http.StatusNotImplemented:
			return verdict{again: true, acted: true, wait: e.RetryAfter}
		}
		return verdict{}
	}
	if e, ok := errors.AsType[*answerError](err); ok {
		_, contradicts := errors.AsType[*contradiction](err)
		return verdict{again: contradicts || errors.Is(e, rawjson.ErrIncomplete), acted: true, contradiction: contradicts}
	}
	if e, ok := errors.AsType[*transportError](err); ok {
		return verdict{again: !permanent(e.err), acted: e.acted, silent: timedOut(e.err)}
	}
	return verdict{}
}

func timedOut(err error) bool {
	e, ok := errors.AsType[net.Error](err)
	return ok && e.Timeout()
}

// permanent reports whether the next try would fail in the same way.
func permanent(err error) bool {
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return true
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return true
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return true
	}
	if _, ok := errors.AsType[*redirectError](err); ok {
		return true
	}
	if e, ok := errors.AsType[*stallError](err); ok && e.unanswered {
		return true
	}
	return errors.Is(err, errTooLarge) || errors.Is(err, errUnknownEncoding) || errors.Is(err, http.ErrSchemeMismatch)
}

// interrupted is the error of a try that the context ended.
func interrupted(ctx context.Context, r *request, v verdict) error {
	if r.once && v.acted {
		return fmt.Errorf("%w: %w", ErrOutcomeUnknown, ctx.Err())
	}
	return ctx.Err()
}

func sleep(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// retryAfter reads both forms of the header: seconds, and a date. 0 is none.
func retryAfter(header http.Header, now time.Time) time.Duration {
	text := strings.TrimSpace(header.Get("Retry-After"))
	if text == "" {
		return 0
	}
	if seconds, err := strconv.ParseFloat(text, 64); err == nil {
		switch {
		case !(seconds > 0): // NaN too
			return 0
		case seconds > 1e9:
			return 1e9 * time.Second
		}
		return time.Duration(seconds * float64(time.Second))
	}
	date, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	return max(0, date.Sub(now))
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}
