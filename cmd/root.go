package cmd

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	apicmd "github.com/apifyctl/apifyctl/cmd/api"
	"github.com/apifyctl/apifyctl/cmd/auth"
	backupcmd "github.com/apifyctl/apifyctl/cmd/backup"
	configcmd "github.com/apifyctl/apifyctl/cmd/config"
	copycmd "github.com/apifyctl/apifyctl/cmd/copy"
	"github.com/apifyctl/apifyctl/cmd/datasets"
	keepcmd "github.com/apifyctl/apifyctl/cmd/keep"
	"github.com/apifyctl/apifyctl/cmd/kvs"
	"github.com/apifyctl/apifyctl/cmd/open"
	"github.com/apifyctl/apifyctl/cmd/queues"
	"github.com/apifyctl/apifyctl/cmd/serve"
	"github.com/apifyctl/apifyctl/cmd/usage"
	versioncmd "github.com/apifyctl/apifyctl/cmd/version"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/output"
)

// NewRoot builds the whole tree. Commands take what they need from a when they
// run; for a tree that is only looked at (completions, documentation) an App
// with empty Streams is enough.
func NewRoot(a *app.App) *cobra.Command { return rootFor(a, nil) }

// rootFor builds what a command line needs: where it begins with the name of a
// command that looks at no other, only that one, and of a kind of storage only the
// verb. The whole tree takes a third of the time in which a command starts.
func rootFor(a *app.App, args []string) *cobra.Command {
	root := newRoot(a)
	all := topLevel(a)
	if at := slices.IndexFunc(all, func(t top) bool { return len(args) > 0 && t.name == args[0] }); at >= 0 {
		all, args = all[at:at+1], args[1:]
	} else {
		args = nil
	}
	for _, t := range all {
		command := t.build(args)
		command.GroupID = t.group
		root.AddCommand(command)
	}
	help := helpCommand(a)
	add(root, groupOther, help, schemaCommand(a))
	root.SetHelpCommand(help)
	root.SetHelpFunc(helpPage(a.Streams))
	root.SetCompletionCommandGroupID(groupOther)
	root.InitDefaultCompletionCmd()
	if completion, _, err := root.Find([]string{"completion"}); err == nil {
		completion.Short = "Print the script that completes commands in a shell"
	}
	finish(root)
	return root
}

// top is a command of the first level. Its name is that of the command that it
// builds, for the arguments behind the name.
type top struct {
	name, group string
	build       func(args []string) *cobra.Command
}

func topLevel(a *app.App) []top {
	of := func(name, group string, command func(*app.App) *cobra.Command) top {
		return top{name, group, func([]string) *cobra.Command { return command(a) }}
	}
	kind := func(name string, command func(*app.App, []string, func(context.Context, api.Kind) error) *cobra.Command) top {
		return top{name, groupStorages, func(args []string) *cobra.Command { return command(a, args, keepcmd.Walk(a)) }}
	}
	return []top{
		kind("datasets", datasets.Command),
		kind("kvs", kvs.Command),
		kind("queues", queues.Command),
		of("open", groupStorages, open.Command),
		of("keep", groupStorages, keepcmd.Command),
		of("copy", groupStorages, copycmd.Command),
		of("backup", groupStorages, backupcmd.Command),
		of("restore", groupStorages, backupcmd.Restore),
		of("login", groupAccount, auth.Login),
		of("logout", groupAccount, auth.Logout),
		of("whoami", groupAccount, auth.Whoami),
		of("usage", groupAccount, usage.Command),
		of("config", groupAccount, configcmd.Command),
		of("plan", groupStorages, datasets.Plan),
		of("commit", groupStorages, datasets.Commit),
		of("serve", groupOther, serve.Command),
		of("api", groupOther, apicmd.Command),
		of("version", groupOther, versioncmd.Command),
	}
}

func newRoot(a *app.App) *cobra.Command {
	color := string(output.ColorAuto)
	root := &cobra.Command{
		Use:   "apifyctl",
		Short: "Work with Apify storages, in the cloud or in a local directory",
		Long: `apifyctl lists, reads, writes, names, shares and exports Apify's datasets,
key-value stores and request queues.

In the cloud it uses the token in APIFY_TOKEN, or that of apifyctl login. With
--local DIR it works on the directory in which Apify's SDKs keep their storages,
without network or token.`,
		Version:       a.Build.Version,
		SilenceErrors: true,
		SilenceUsage:  true,
		PersistentPreRunE: func(command *cobra.Command, _ []string) error {
			if !slices.Contains(colors(), color) {
				return failure.Usagef("--color is one of %s, not %q", strings.Join(colors(), ", "), color)
			}
			a.Streams.SetColor(output.ColorMode(color))
			flags := command.Flags()
			if a.Flags.Progress && a.Flags.NoProgress {
				return failure.Usagef("--progress and --no-progress contradict each other")
			}
			a.ReadFlags(flags)
			if a.Flags.Timeout <= 0 {
				return failure.Usagef("--timeout must be longer than nothing")
			}
			if a.Flags.Config.LocalSet && a.Flags.Config.APIURLSet {
				return failure.Usagef("--local and --api-url contradict each other")
			}
			return nil
		},
	}
	addGlobalFlags(root, a, &color)
	root.AddGroup(
		&cobra.Group{ID: groupStorages, Title: "Storages:"},
		&cobra.Group{ID: groupAccount, Title: "Account:"},
		&cobra.Group{ID: groupOther, Title: "Other commands:"},
	)
	return root
}

const (
	groupStorages = "storages"
	groupAccount  = "account"
	groupOther    = "other"
)

func add(root *cobra.Command, group string, commands ...*cobra.Command) {
	for _, command := range commands {
		command.GroupID = group
		root.AddCommand(command)
	}
}

func addGlobalFlags(root *cobra.Command, a *app.App, color *string) {
	flags := root.PersistentFlags()
	flags.StringVar(&a.Flags.Config.Local, "local", "", "work on this local storage directory instead of the cloud")
	flags.StringVar(&a.Flags.Config.APIURL, "api-url", "", "address of the API (default https://api.apify.com)")
	flags.DurationVar(&a.Flags.Timeout, "timeout", time.Minute, "how long to wait for a server that does not answer")
	flags.StringVar(&a.Flags.EndpointURL, "endpoint-url", "", "address of the object store that s3://, gs:// and az:// are in, where it is not the vendor's own")
	flags.BoolVar(&a.Flags.InsecureHTTP, "insecure-http", false, "allow sending the token over plain http to another machine")
	flags.StringVar(&a.Flags.Config.Profile, "profile", "", "use this profile of the configuration file")
	flags.StringVar(color, "color", *color, "when to use colour: "+strings.Join(colors(), ", "))
	flags.BoolVarP(&a.Flags.Yes, "yes", "y", false, "answer yes to every question")
	flags.BoolVarP(&a.Streams.Quiet, "quiet", "q", false, "print errors only")
	flags.BoolVarP(&a.Flags.Verbose, "verbose", "v", false, "print a line for every request")
	flags.BoolVar(&a.Flags.Debug, "debug", false, "print the headers of every request too, without secrets")
	flags.BoolVar(&a.Flags.Progress, "progress", false, "print progress as plain lines if stderr is not a terminal")
	flags.BoolVar(&a.Flags.NoProgress, "no-progress", false, "show no progress")
	flags.BoolVar(&a.Streams.NoInput, "no-input", false, "never ask; fail if an answer is needed")
	_ = root.RegisterFlagCompletionFunc("color", cobra.FixedCompletions(colors(), cobra.ShellCompDirectiveNoFileComp)) // fails for an unknown flag only
	_ = root.RegisterFlagCompletionFunc("profile", a.CompleteProfiles)
	_ = root.MarkPersistentFlagDirname("local")
}

func colors() []string {
	var names []string
	for _, mode := range output.ColorModes() {
		names = append(names, string(mode))
	}
	return names
}

// finish gives every command of the tree what all have in common: exit codes in
// the long help, usage errors that are recognised as such, and no exit code 0
// for a verb that does not exist.
func finish(command *cobra.Command) {
	command.SetFlagErrorFunc(flagError)
	if command.Long == "" {
		command.Long = command.Short + "."
	}
	if command.HasSubCommands() && !command.Runnable() {
		command.Args = cobra.ArbitraryArgs
		command.RunE = group
	}
	if args := command.Args; args != nil {
		command.Args = func(command *cobra.Command, given []string) error {
			if err := args(command, given); err != nil {
				return failure.WithHint(&failure.UsageError{Message: err.Error()}, "see "+command.CommandPath()+" --help")
			}
			return nil
		}
	}
	command.Flags().VisitAll(takeOnce) // LocalFlags would merge those of all parents into each command
	command.PersistentFlags().VisitAll(takeOnce)
	for _, sub := range command.Commands() {
		finish(sub)
	}
}

// takeOnce refuses a second value of a flag that has room for one, rather than
// dropping the first in silence.
func takeOnce(flag *pflag.Flag) {
	_, many := flag.Value.(pflag.SliceValue)
	_, done := flag.Value.(*once)
	if !many && !done && flag.Value.Type() != "bool" {
		flag.Value = &once{Value: flag.Value}
	}
}

// once is a flag's value that can be set once. The same again does no harm:
// completions read the flags twice.
type once struct {
	pflag.Value
	set  bool
	text string
}

func (o *once) Set(text string) error {
	if o.set && o.text != text {
		return fmt.Errorf("%q was given before, and it takes one value", o.text)
	}
	o.set, o.text = true, text
	return o.Value.Set(text)
}

// group runs a command that only has sub-commands.
func group(command *cobra.Command, args []string) error {
	if len(args) == 0 {
		return command.Help()
	}
	return failure.WithHint(failure.Usagef("%s has no command %q", command.CommandPath(), args[0]), suggestion(command, args[0]))
}
