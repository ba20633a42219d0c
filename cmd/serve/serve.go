// Package serve puts a local storage directory on a port.
package serve

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/failure"
	serving "github.com/apifyctl/apifyctl/internal/serve"
	"github.com/apifyctl/apifyctl/internal/serve/console"
)

type options struct {
	listen    string
	hosts     []string
	tokens    []string
	chaos     string
	rateLimit bool
	readOnly  bool
	noUI      bool
}

// tokensVariable holds tokens as --token takes them, with white space between.
// They do not show in the list of processes.
const tokensVariable = "APIFYCTL_SERVE_TOKENS" //nolint:gosec // a variable's name

// anyToken stands for all of them, and for none.
const anyToken = "any"

// Command is `apifyctl serve`.
func Command(a *app.App) *cobra.Command {
	var o options
	command := &cobra.Command{
		Use:   "serve",
		Short: "Serve a local storage directory as an Apify-compatible API",
		Long: `Serve a local storage directory (--local, else ./storage) as an API that Apify's
clients understand. It listens on this machine only, unless --listen says
otherwise. One server has a directory at a time; commands with --local may work
on it meanwhile.

Without --token, serve makes a token, prints it with the other variables that
clients take, and keeps it in .apifyctl, so that it is the same next time.
--token TOKEN chooses one; --token NAME=TOKEN is another account, with storages of
its own below .apifyctl/users/NAME. Tokens can also be in APIFYCTL_SERVE_TOKENS,
separated by white space, where the list of processes does not show them.
--token any lets in everybody who reaches the server. A storage's general
access, and signed links, decide what others may read.

At / there is a page that shows the storages in a browser; --no-ui leaves it out.
--read-only refuses whatever changes something, whoever asks.

Web pages that are open in a browser on this machine can reach the server, too.
Without a token in the Authorization header they get nothing but signed links. A
request must name the server as localhost, by the address that it came to, or by
a name of --host.

--chaos makes things go wrong, for tests of your own code: faults separated by ;,
each one status=NUMBER[,rate=SHARE], latency=TIME or cut=SHARE (of connections).`,
		Example: `  apifyctl serve --local storage
  apifyctl serve --local storage --token secret
  APIFY_TOKEN=secret apifyctl datasets list --api-url http://127.0.0.1:3333
  apifyctl serve --listen 0.0.0.0:3333 --host build-box.example
  apifyctl serve --chaos 'status=429,rate=0.1;latency=50ms;cut=0.01'`,
		Args: verb.Args(0),
		RunE: func(command *cobra.Command, _ []string) error { return run(command.Context(), a, o) },
	}
	command.Flags().StringVar(&o.listen, "listen", "127.0.0.1:3333", "address and port to listen on; port 0 takes a free one")
	command.Flags().StringArrayVar(&o.tokens, "token", nil, "let in whoever has `[NAME=]TOKEN`, with NAME= as the account of that name (repeatable); any lets in everybody")
	command.Flags().StringArrayVar(&o.hosts, "host", nil, "answer to this `NAME`, too, such as that of a container or a proxy (repeatable)")
	command.Flags().StringVar(&o.chaos, "chaos", "", "what goes wrong on purpose, such as 'status=429,rate=0.1;latency=50ms;cut=0.01'")
	command.Flags().BoolVar(&o.rateLimit, "rate-limit", false, "answer 429 to clients that exceed the limits of Apify's platform")
	command.Flags().BoolVar(&o.readOnly, "read-only", false, "refuse all changes")
	command.Flags().BoolVar(&o.noUI, "no-ui", false, "serve only the API, without the page at /")
	return command
}

func run(ctx context.Context, a *app.App, o options) (err error) {
	dir, err := a.LocalDir()
	if err != nil {
		return err
	}
	settings, err := o.settings(a)
	if err != nil {
		return err
	}
	handler, err := serving.Open(ctx, dir, settings)
	if is[*serving.InUseError](err) {
		return failure.WithHint(err, "commands take the directory beside a server with --local; for a second server choose another one")
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, handler.Close()) }()
	listener, err := serving.Listen(ctx, o.listen)
	if err != nil {
		return failure.WithHint(err, "choose another address with --listen")
	}
	greet(a, dir, listener.Addr(), settings, handler)
	return serving.Run(ctx, handler, listener)
}

// greet says what to paste. A token that the operator chose is not repeated.
func greet(a *app.App, dir string, address net.Addr, settings serving.Options, server *serving.Server) {
	url, token := serving.URL(address), server.Token()
	variables := fmt.Sprintf("APIFY_API_BASE_URL=%s APIFY_API_PUBLIC_BASE_URL=%[1]s APIFY_CLIENT_BASE_URL=%[1]s", url)
	if settings.Anyone {
		token = anyToken
	}
	a.Streams.Notef("serving %s on %s (stop with Ctrl-C)", dir, url)
	if settings.Page {
		a.Streams.Notef("the page is at %s", pageAddress(url, server))
	}
	if token != "" {
		a.Streams.Notef("export %s APIFY_TOKEN=%s", variables, token)
	} else {
		a.Streams.Notef("export %s", variables)
		a.Streams.Notef("APIFY_TOKEN is the token of one of these accounts: %s", names(settings.Accounts))
	}
	if settings.Anyone {
		who := "every program on this machine"
		if !loopback(address) {
			who = "everybody who reaches " + url
		}
		a.Streams.Warnf("%s can read and change everything: --token any", who)
	}
}

// pageAddress has a key where the token is shown as well; who chose a token
// types it into the page.
func pageAddress(url string, server *serving.Server) string {
	if server.Token() == "" {
		return url + "/"
	}
	return url + "/" + console.Fragment(server.PageKey())
}

// settings reads the flags; the variable counts where there is no --token.
func (o options) settings(a *app.App) (serving.Options, error) {
	settings := serving.Options{
		Hosts: o.hosts, RateLimit: o.rateLimit, Logger: a.Logger(),
		ReadOnly: o.readOnly, Page: !o.noUI, Version: a.Build.Version,
		Warn: func(message string) { a.Streams.Warnf("%s", message) },
	}
	if host, _, err := net.SplitHostPort(o.listen); err == nil && host != "" {
		settings.Hosts = append(settings.Hosts, host)
	}
	tokens, source := o.tokens, "--token"
	if len(tokens) == 0 {
		tokens, source = strings.Fields(a.Environment.Getenv(tokensVariable)), tokensVariable
	}
	if slices.Contains(tokens, anyToken) {
		if len(tokens) > 1 {
			return settings, failure.Usagef("%s: any lets in everybody, and goes with no other token", source)
		}
		settings.Anyone, tokens = true, nil
	}
	for _, token := range tokens {
		account, err := serving.ParseAccount(token)
		if err != nil {
			return settings, failure.Usagef("%s: %v", source, err)
		}
		settings.Accounts = append(settings.Accounts, account)
	}
	var err error
	if settings.Chaos, err = serving.ParseChaos(o.chaos); err != nil {
		return settings, failure.Usagef("--chaos: %v", err)
	}
	return settings, nil
}

func is[T error](err error) bool {
	_, ok := errors.AsType[T](err)
	return ok
}

func loopback(address net.Addr) bool {
	tcp, ok := address.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}

// names are the accounts', each once.
func names(accounts []serving.Account) string {
	var list []string
	for _, account := range accounts {
		if !slices.Contains(list, account.User.Name) {
			list = append(list, account.User.Name)
		}
	}
	return strings.Join(list, ", ")
}
