package api

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// limitClass tells endpoints of one storage apart that have rate limits of
// their own. More classes come with the endpoints that have them.
type limitClass int

const (
	limitDefault limitClass = iota
	limitPush               // pushing items
	limitRecords            // records of key-value stores
	limitRequest            // single requests of a queue
	limitBatch              // batches of requests
)

const (
	// defaultRate is the number of requests a second that every resource allows
	// until an answer says otherwise.
	defaultRate = 60
	// recordRate is the same for records.
	recordRate = 200
	// maxPacers bounds the memory of work on very many storages.
	maxPacers = 1024
	// slowdownPause keeps answers to requests that were under way together from
	// slowing down more than once.
	slowdownPause = time.Second
	// recovery is the part of the full rate that comes back each second.
	recovery = 0.1
	// slowest is the part of the full rate that is left at least.
	slowest = 1.0 / 32
)

type pacerKey struct {
	storage string
	class   limitClass
}

// pacers holds a pacer for each rate limit that was met lately.
type pacers struct {
	mu  sync.Mutex
	all map[pacerKey]*pacer
}

// paced holds requests back so that each storage's rate limit is kept.
func paced(next handler) handler {
	p := &pacers{all: make(map[pacerKey]*pacer)}
	return func(ctx context.Context, a attempt) (*response, error) {
		pace := p.get(pacerKey{storage: a.storage, class: a.class}, time.Now())
		held := pace.limiter.Tokens() < 1
		if err := await(ctx, pace.limiter); err != nil {
			return nil, err
		}
		answer, err := next(ctx, a)
		if answer != nil {
			answer.held = answer.held || held
			pace.learn(answer, time.Now())
		}
		return answer, err
	}
}

// limited holds all requests back to so many a second; 0 is no limit.
func limited(next handler, perSecond float64) handler {
	if perSecond <= 0 {
		return next
	}
	limiter := rate.NewLimiter(rate.Limit(perSecond), burst(perSecond))
	return func(ctx context.Context, a attempt) (*response, error) {
		held := limiter.Tokens() < 1
		if err := await(ctx, limiter); err != nil {
			return nil, err
		}
		answer, err := next(ctx, a)
		if answer != nil {
			answer.held = answer.held || held
		}
		return answer, err
	}
}

// await waits for a turn.
func await(ctx context.Context, limiter *rate.Limiter) error {
	err := limiter.Wait(ctx)
	if err != nil && ctx.Err() == nil {
		return context.DeadlineExceeded // the wait would outlast the deadline
	}
	if err != nil {
		return ctx.Err()
	}
	return nil
}

// get returns the pacer of a key. When there are too many, the one that was not
// used for longest is forgotten; a new one in its place is at most too careful.
func (p *pacers) get(key pacerKey, now time.Time) *pacer {
	p.mu.Lock()
	defer p.mu.Unlock()
	found, ok := p.all[key]
	if !ok {
		if len(p.all) >= maxPacers {
			p.forgetOldest()
		}
		found = newPacer(key.class)
		p.all[key] = found
	}
	found.used = now
	return found
}

func (p *pacers) forgetOldest() {
	var oldest pacerKey
	var when time.Time
	for key, pace := range p.all {
		if when.IsZero() || pace.used.Before(when) {
			oldest, when = key, pace.used
		}
	}
	delete(p.all, oldest)
}

// pacer keeps one rate limit.
type pacer struct {
	limiter *rate.Limiter
	used    time.Time // guarded by pacers.mu

	mu       sync.Mutex
	full     float64   // requests a second that the server allows
	current  float64   // requests a second that are made
	changed  time.Time // when current last moved
	slowedAt time.Time
}

func newPacer(class limitClass) *pacer {
	perSecond := float64(defaultRate)
	if class == limitRecords {
		perSecond = recordRate
	}
	return &pacer{
		limiter: rate.NewLimiter(rate.Limit(perSecond), burst(perSecond)),
		full:    perSecond,
		current: perSecond,
	}
}

// burst is how many requests may go at once: few, because a server that counts
// by the second counts them on top of the rate.
func burst(perSecond float64) int { return 1 + int(perSecond/20) }

// learn takes the limit that an answer names, slows down after a 429, and
// speeds up again with time.
func (p *pacer) learn(answer *response, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	current := p.current
	if limit, err := strconv.Atoi(answer.header.Get("X-RateLimit-Limit")); err == nil && limit > 0 {
		current *= float64(limit) / p.full
		p.full = float64(limit)
	}
	switch {
	case answer.status == http.StatusTooManyRequests:
		if now.Sub(p.slowedAt) >= slowdownPause {
			current = max(current/2, p.full*slowest)
			p.slowedAt = now
		}
	case current < p.full:
		current = min(p.full, current+p.full*recovery*now.Sub(p.changed).Seconds())
	}
	p.changed = now
	if current != p.current {
		p.current = current
		p.limiter.SetLimitAt(now, rate.Limit(current))
		p.limiter.SetBurstAt(now, burst(current))
	}
}
