package cmd

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/nearest"
	"github.com/apifyctl/apifyctl/internal/output"
)

// widest is how wide help gets, however wide the terminal is.
const widest = 100

// helpPage writes the help of a command: usage, what it does, its commands and
// flags, examples, and where exit codes are explained.
func helpPage(streams *output.Streams) func(*cobra.Command, []string) {
	return func(command *cobra.Command, _ []string) {
		width := streams.Width()
		if width == 0 || width > widest {
			width = min(widest, max(width, 80))
		}
		p := page{w: streams.Out, width: width}
		p.usage(command)
		p.text(command.Long)
		p.commands(command)
		p.flags(command)
		if command.HasExample() {
			p.heading("Examples")
			p.line("%s", command.Example)
		}
		p.heading("Exit codes")
		p.line("  0 done, 1 failed, 2 wrong command line, 3 not found, 4 not allowed,\n  5 some of several failed, 130 interrupted (apifyctl help exit-codes)")
	}
}

// page is help under construction. That it cannot be written has nowhere to be
// told.
type page struct {
	w     io.Writer
	width int
}

func (p page) line(format string, args ...any) { _, _ = fmt.Fprintf(p.w, format+"\n", args...) }

func (p page) heading(text string) { p.line("\n%s:", text) }

func (p page) usage(command *cobra.Command) {
	p.line("Usage:")
	switch {
	case command.HasAvailableSubCommands():
		p.line("  %s COMMAND", command.CommandPath())
	default:
		for _, form := range forms(command.Use) {
			p.line("  %s", command.CommandPath()+strings.TrimPrefix(form, command.Name()))
		}
	}
	if len(command.Aliases) > 0 {
		p.line("  (also %s)", strings.Join(command.Aliases, ", "))
	}
	p.line("")
}

// forms are the ways to use a command, which its Use has one after the other.
func forms(use string) []string {
	name, _, _ := strings.Cut(use, " ")
	return strings.Split(strings.ReplaceAll(use, " | "+name, "\n"+name), "\n")
}

// text wraps paragraphs to the terminal. Lines that are indented stay as they are.
func (p page) text(text string) {
	var paragraph []string
	flush := func() {
		if len(paragraph) > 0 {
			p.line("%s", wrap(strings.Join(paragraph, " "), p.width, ""))
			paragraph = nil
		}
	}
	for _, line := range strings.Split(text, "\n") {
		switch {
		case line == "" || strings.HasPrefix(line, " "):
			flush()
			p.line("%s", line)
		default:
			paragraph = append(paragraph, line)
		}
	}
	flush()
}

func (p page) commands(command *cobra.Command) {
	list := func(commands []*cobra.Command) {
		widest := 0
		for _, sub := range commands {
			widest = max(widest, len(sub.Name()))
		}
		for _, sub := range commands {
			p.line("  %-*s  %s", widest, sub.Name(), sub.Short)
		}
	}
	shown := slices.DeleteFunc(slices.Clone(command.Commands()), func(sub *cobra.Command) bool { return !sub.IsAvailableCommand() })
	of := func(group string) []*cobra.Command {
		return slices.DeleteFunc(slices.Clone(shown), func(sub *cobra.Command) bool { return sub.GroupID != group })
	}
	for _, group := range command.Groups() {
		p.line("\n%s", group.Title)
		list(of(group.ID))
	}
	if rest := of(""); len(rest) > 0 {
		p.heading("Commands")
		list(rest)
	}
	if command.HasAvailableSubCommands() {
		p.line("\n%s COMMAND --help tells more about one.", command.CommandPath())
	}
}

// flagGroups are the headings of a command's flags, in their order.
func flagGroups() [][2]string {
	return [][2]string{
		{verb.GroupWhich, "Which storages"},
		{verb.GroupWhat, "What"},
		{verb.GroupLook, "How it looks"},
		{verb.GroupWhere, "Where to"},
		{verb.GroupHow, "How"},
		{"", "Flags"},
	}
}

func (p page) flags(command *cobra.Command) {
	for _, group := range flagGroups() {
		p.flagList(group[1], command.LocalNonPersistentFlags(), func(flag *pflag.Flag) bool {
			return verb.Group(flag) == group[0] && flag.Name != "help" && flag.Name != "version"
		})
	}
	p.flagList("Flags of every command", command.Root().PersistentFlags(), func(*pflag.Flag) bool { return true })
}

func (p page) flagList(heading string, flags *pflag.FlagSet, shown func(*pflag.Flag) bool) {
	some := pflag.NewFlagSet(heading, pflag.ContinueOnError)
	flags.VisitAll(func(flag *pflag.Flag) {
		if !flag.Hidden && shown(flag) {
			some.AddFlag(flag)
		}
	})
	if some.HasFlags() {
		p.heading(heading)
		p.line("%s", strings.TrimRight(some.FlagUsagesWrapped(p.width), "\n"))
	}
}

// wrap breaks text between words.
func wrap(text string, width int, indent string) string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len([]rune(line))+1+len([]rune(word)) > width {
			lines, line = append(lines, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return strings.Join(append(lines, line), "\n"+indent)
}

// helpCommand is `apifyctl help`: of a command, or of a topic.
func helpCommand(a *app.App) *cobra.Command {
	streams := a.Streams
	var names strings.Builder
	for _, topic := range topics() {
		fmt.Fprintf(&names, "  %-12s %s\n", topic.name, topic.short)
	}
	asJSON := false
	help := &cobra.Command{
		Use:   "help [COMMAND… | TOPIC]",
		Short: "Explain a command or a topic",
		Long: "Explain a command, or one of these topics:\n\n" + strings.TrimRight(names.String(), "\n") + `

With --json the commands, their flags with defaults and values, and the exit
codes are one JSON object: of all commands, or of those that are named. What the
rows of a command are made of tells apifyctl schema.`,
		Example: `  apifyctl help datasets export
  apifyctl help exit-codes
  apifyctl help datasets --json`,
		ValidArgsFunction: func(command *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			var offers []string
			found, _, err := command.Root().Find(args)
			if err != nil {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			for _, sub := range found.Commands() {
				if sub.IsAvailableCommand() {
					offers = append(offers, cobra.CompletionWithDesc(sub.Name(), sub.Short))
				}
			}
			for _, topic := range topics() {
				if len(args) == 0 {
					offers = append(offers, cobra.CompletionWithDesc(topic.name, topic.short))
				}
			}
			return offers, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(command *cobra.Command, args []string) error {
			for _, topic := range topics() {
				if len(args) == 1 && topic.name == args[0] {
					_, err := fmt.Fprintln(streams.Out, topic.text)
					return err
				}
			}
			found, rest, err := command.Root().Find(args)
			if err != nil || len(rest) > 0 {
				unknown := args
				if err == nil {
					unknown = rest
				}
				hint := suggestion(found, unknown[0])
				if topic := nearestTopic(unknown[0]); topic != "" && len(args) == 1 {
					hint = "did you mean apifyctl help " + topic + "?"
				}
				return failure.WithHint(failure.Usagef("there is no command and no topic %q", strings.Join(unknown, " ")), hint)
			}
			if asJSON {
				encoder := json.NewEncoder(streams.Out)
				encoder.SetEscapeHTML(false)
				encoder.SetIndent("", "  ")
				return encoder.Encode(referenceOf(a, found))
			}
			return found.Help()
		},
	}
	help.Flags().BoolVar(&asJSON, "json", false, "print commands, flags and exit codes as JSON, for programs")
	return help
}

// nearestTopic is the topic that may have been meant; "" for none.
func nearestTopic(word string) string {
	var names []string
	for _, topic := range topics() {
		names = append(names, topic.name)
	}
	return nearest.Name(word, names)
}

// suggestion is what may have been meant instead of a word that is no command.
func suggestion(parent *cobra.Command, word string) string {
	if parent == nil {
		return "see apifyctl --help"
	}
	if verbs := withKind(parent, word); len(verbs) > 0 {
		return "say of what: " + strings.Join(verbs, ", ")
	}
	var names []string
	for _, command := range parent.Commands() {
		if command.IsAvailableCommand() {
			names = append(names, command.Name())
		}
	}
	if near := nearest.Name(word, names); near != "" {
		return "did you mean " + parent.CommandPath() + " " + near + "?"
	}
	return "see " + parent.CommandPath() + " --help"
}

// withKind are the commands that a verb without its kind, such as `apifyctl ls`,
// can mean.
func withKind(parent *cobra.Command, word string) []string {
	var verbs []string
	for _, kind := range parent.Commands() {
		for _, sub := range kind.Commands() {
			if kind.GroupID == groupStorages && (sub.Name() == word || sub.HasAlias(word)) {
				verbs = append(verbs, kind.CommandPath()+" "+word)
			}
		}
	}
	return verbs
}
