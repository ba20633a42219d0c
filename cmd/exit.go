package cmd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/config"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/secret"
	"github.com/apifyctl/apifyctl/internal/sink/object"
)

const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitNotFound    = 3
	exitNotAllowed  = 4
	exitPartial     = 5
	exitInterrupted = 130
)

// exitCode maps an error to the table in topics.go.
func exitCode(err error) int {
	switch {
	case errors.Is(err, output.ErrClosedPipe):
		return exitDone // whoever read the output has had enough
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.Is(err, api.ErrOutcomeUnknown):
		return exitFailed // whatever the answer to the next try was
	case is[*failure.PartialError](err):
		return exitPartial
	case is[*failure.UsageError](err), is[*api.RefError](err), is[*api.NameError](err), is[*config.ValueError](err),
		is[*api.PlainHTTPError](err):
		return exitUsage
	case errors.Is(err, config.ErrNoAccount), is[*config.ForeignTokenError](err), api.IsUnauthorized(err), api.IsForbidden(err):
		return exitNotAllowed
	case api.IsNotFound(err), is[*failure.NotFoundError](err):
		return exitNotFound
	case is[*object.Error](err):
		return objectCode(err)
	}
	return exitFailed
}

// objectCode is that of an error of a store of objects.
func objectCode(err error) int {
	switch {
	case object.Missing.Is(err):
		return exitNotFound
	case object.Denied.Is(err):
		return exitNotAllowed
	case object.Exists.Is(err):
		return exitPartial // somebody else has done it
	}
	return exitFailed
}

func is[T error](err error) bool {
	_, ok := errors.AsType[T](err)
	return ok
}

// report prints the error line, at most one hint, and with --format json the
// error as an object. A write to stderr that fails has nowhere to be told.
func report(streams *output.Streams, err error, command *cobra.Command) {
	if errors.Is(err, output.ErrClosedPipe) {
		return
	}
	_, _ = fmt.Fprintf(streams.Err, "error: %s\n", output.Safe(message(err)))
	if hint := hint(err); hint != "" {
		_, _ = fmt.Fprintf(streams.Err, "hint: %s\n", output.Safe(hint))
	}
	if format := command.Flags().Lookup("format"); format != nil && format.Value.String() == "json" {
		writeErrorObject(streams.Err, err)
	}
}

// message is what is told of an error: in our words, and without a secret that was
// pasted with a URL.
func message(err error) string { return secret.Redact(failure.Text(err)) }

func writeErrorObject(w io.Writer, err error) {
	type object struct {
		Type    string `json:"type"`
		Message string `json:"message"`
		Status  int    `json:"status,omitempty"`
	}
	o := object{Type: errorType(err), Message: message(err)}
	if apiErr, ok := errors.AsType[*api.Error](err); ok {
		o.Type, o.Status = apiErr.Type, apiErr.Status
	}
	_ = json.NewEncoder(w).Encode(map[string]object{"error": o})
}

// errorType names errors that did not come from the API the way the API names
// its own.
func errorType(err error) string {
	switch exitCode(err) {
	case exitUsage:
		return "invalid-input"
	case exitNotAllowed:
		return "token-not-provided"
	case exitPartial:
		return "partial-failure"
	case exitInterrupted:
		return "interrupted"
	}
	if errors.Is(err, api.ErrOutcomeUnknown) {
		return "outcome-unknown"
	}
	return "failed"
}

// hint is what the command said, else what helps with errors of this sort.
func hint(err error) string {
	if hint := failure.Hint(err); hint != "" {
		return hint
	}
	if hint := config.Hint(err); hint != "" {
		return hint
	}
	if stored, ok := errors.AsType[*object.Error](err); ok && stored.Hint != "" {
		return stored.Hint
	}
	if is[*api.UnreachableError](err) {
		return "check the network, a proxy, and the address in --api-url, APIFY_API_BASE_URL and the profile"
	}
	if is[*api.PlainHTTPError](err) {
		return "use https, or --insecure-http where the network is your own"
	}
	if errors.Is(err, api.ErrNoAnswer) && !errors.Is(err, api.ErrOutcomeUnknown) {
		return "--timeout 5m waits longer"
	}
	apiErr, _ := errors.AsType[*api.Error](err)
	switch {
	case errors.Is(err, api.ErrOutcomeUnknown):
		return "look at what is stored before trying again, or it may be stored twice"
	case api.IsUnauthorized(err):
		return "check the token in APIFY_TOKEN; Apify Console shows it under Settings, API & Integrations"
	case api.IsForbidden(err):
		return "the token may not do this; ask the owner for access, or use another token"
	case apiErr != nil && apiErr.Type == "name-not-unique":
		return "names are unique for each kind of storage, whatever their case; choose another one"
	case apiErr != nil && apiErr.Status == 402:
		return "the account's limit is reached; see Billing in Apify Console"
	}
	return ""
}
