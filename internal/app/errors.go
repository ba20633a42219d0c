package app

import "github.com/apifyctl/apifyctl/internal/failure"

// Tell says what failed of several things, and what can be done about it.
func (a *App) Tell(err error) {
	a.Streams.Warnf("%s", failure.Text(err))
	if hint := failure.Hint(err); hint != "" {
		a.Streams.Notef("hint: %s", hint)
	}
}
