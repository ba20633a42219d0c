package serve

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/time/rate"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/local"
)

// The platform's limits: requests a second to one resource.
const (
	ordinaryLimit = 60
	userLimit     = 90
	recordLimit   = 200
	pushLimit     = 400
	batchLimit    = 40
)

// accountLimit is how many requests a minute one account may make.
const accountLimit = 250_000

// limitOf is the limit for a request.
func limitOf(r *http.Request) int {
	where := parseTarget(r.URL)
	rest := where.rest
	if where.collection == "" {
		rest = runRest(r.URL.Path)
	}
	first, second, _ := strings.Cut(rest, "/")
	switch {
	case first == "records" && second != "", rest == "keys":
		return recordLimit
	case first == "items" && r.Method == http.MethodPost:
		return pushLimit
	case rest == "requests/batch", rest == "head/lock":
		return batchLimit
	case first == "requests":
		return pushLimit
	case strings.HasPrefix(r.URL.Path, "/v2/users/"):
		return userLimit
	}
	return ordinaryLimit
}

// runRest is what stands behind a run's storage in a path.
func runRest(path string) string {
	for _, kind := range api.Kinds() {
		if _, rest, ok := strings.Cut(path, "/"+kind.RunPath()+"/"); ok {
			return strings.Trim(rest, "/")
		}
	}
	return ""
}

// limited says in each answer which limit applies and, if enforced, answers 429
// to whoever exceeds it.
func limited(next http.Handler, enforced bool) http.Handler {
	var l limiters
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		limit := limitOf(r)
		w.Header().Set("X-RateLimit-Limit", strconv.Itoa(limit))
		if enforced {
			if message := l.refuse(r, limit); message != "" {
				local.WriteError(w, http.StatusTooManyRequests, "rate-limit-exceeded", message)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// limiters has one limiter for each account and each of its resources. All are
// forgotten once in a while: whoever then has more than was due, had a second's
// worth more.
type limiters struct {
	mutex     sync.Mutex
	resources map[string]*rate.Limiter
}

const mostLimiters = 10_000

func (l *limiters) refuse(r *http.Request, limit int) string {
	account := tokenOf(r)
	where := parseTarget(r.URL)
	resource := where.collection + "/" + where.storage
	if where.collection == "" {
		resource = r.URL.Path
	}
	if !l.of(account, accountLimit/60, accountLimit).Allow() {
		return fmt.Sprintf("You have exceeded the rate limit of %d requests per minute", accountLimit)
	}
	if !l.of(account+"\x00"+resource+"\x00"+strconv.Itoa(limit), float64(limit), limit).Allow() {
		return fmt.Sprintf("You have exceeded the rate limit of %d requests per second", limit)
	}
	return ""
}

func (l *limiters) of(name string, perSecond float64, burst int) *rate.Limiter {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	limiter := l.resources[name]
	if limiter == nil {
		if l.resources == nil || len(l.resources) >= mostLimiters {
			l.resources = map[string]*rate.Limiter{}
		}
		limiter = rate.NewLimiter(rate.Limit(perSecond), burst)
		l.resources[name] = limiter
	}
	return limiter
}
