package queues

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/apifyctl/apifyctl/cmd/storage"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/uniquekey"
)

// getRequests lets the shared get, which shows a storage's facts, show a queue's
// locks, and requests.
func getRequests(a *app.App, command *cobra.Command) {
	var uniqueKey, url string
	openQueue, checkQueue := command.RunE, command.Args
	flags := command.Flags()
	flags.StringVar(&uniqueKey, "unique-key", "", "show the request with this unique key")
	flags.StringVar(&url, "url", "", "show the request of this URL")
	command.MarkFlagsMutuallyExclusive("unique-key", "url")
	command.Use = "get QUEUE [REQUEST]"
	command.Short = "Show a queue's facts, or one request"
	// The flags that name a run are those of the shared command.
	refs := func() storage.RefFlags {
		run, _ := flags.GetString("run") // both are registered
		lastRun, _ := flags.GetString("last-run")
		return storage.RefFlags{Run: run, LastRun: lastRun}
	}
	byFlag := func() bool { return flags.Changed("unique-key") || flags.Changed("url") }
	command.Args = func(command *cobra.Command, args []string) error {
		if byFlag() {
			return checkQueue(command, args)
		}
		given := refs()
		return given.Args(0, 1, "")(command, args)
	}
	command.RunE = func(command *cobra.Command, args []string) error {
		ref, rest, err := refs().Take(api.KindRequestQueue, args)
		if err != nil {
			return err
		}
		format, _ := flags.GetString("format")
		file, _ := flags.GetString("output")
		columns, _ := flags.GetStringSlice("columns")
		query, _ := flags.GetString("jq")
		look := app.PrintFlags{Format: format, Output: file, JQ: query}
		if flags.Changed("columns") {
			look.Columns = columns
		}
		var id string
		switch {
		case flags.Changed("unique-key"):
			id = uniquekey.RequestID(uniqueKey)
		case flags.Changed("url"):
			id = uniquekey.RequestID(uniquekey.Of(uniquekey.Request{URL: url}))
		case len(rest) == 1:
			id = rest[0]
		case flags.Changed("web"):
			return openQueue(command, args)
		default:
			return getQueue(command.Context(), a, ref, look)
		}
		return getRequest(command.Context(), a, ref, id, look)
	}
}

func getRequest(ctx context.Context, a *app.App, ref api.Ref, id string, look app.PrintFlags) error {
	printer, err := a.Printer(look)
	if err != nil {
		return err
	}
	client, err := a.Client()
	if err != nil {
		return err
	}
	raw, err := client.RequestQueues().Request(ctx, ref, id)
	if err != nil {
		return fmt.Errorf("request %s of request queue %q: %w", id, ref, err)
	}
	return printer.One(ctx, raw)
}
