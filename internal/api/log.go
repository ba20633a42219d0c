package api

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"time"
)

// logged writes a line for each try: at Info what was asked and how it went, at
// Debug the headers too. No secret gets there: the token is added below this
// layer, which only tells that there is one, and redact.go sees to the rest.
func logged(next handler, base *url.URL, withToken bool, logger *slog.Logger) handler {
	return func(ctx context.Context, a attempt) (*response, error) {
		if !logger.Enabled(ctx, slog.LevelInfo) {
			return next(ctx, a)
		}
		start := time.Now()
		answer, err := next(ctx, a)

		target := base.String() + a.path
		if len(a.query) > 0 {
			target += "?" + a.query.Encode()
		}
		attributes := []slog.Attr{
			slog.String("method", a.method),
			slog.String("url", redactURLText(target)),
			slog.Int("try", a.try),
			slog.Duration("duration", time.Since(start)),
		}
		if answer != nil {
			attributes = append(attributes, slog.Int("status", answer.status), slog.Int("bytes", len(answer.body)))
		}
		if err != nil {
			attributes = append(attributes, slog.String("error", err.Error()))
		}
		logger.LogAttrs(ctx, slog.LevelInfo, "request", attributes...)
		if answer != nil && logger.Enabled(ctx, slog.LevelDebug) {
			requested := answer.requested.Clone()
			if withToken && requested != nil {
				requested.Set("Authorization", redacted)
			}
			logHeader(ctx, logger, "request headers", requested)
			logHeader(ctx, logger, "response headers", answer.header)
		}
		return answer, err
	}
}

func logHeader(ctx context.Context, logger *slog.Logger, message string, header http.Header) {
	logger.LogAttrs(ctx, slog.LevelDebug, message, slog.Any("headers", redactHeader(header)))
}
