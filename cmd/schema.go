package cmd

import (
	"encoding/json"
	"strings"

	"github.com/spf13/cobra"

	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/rowschema"
)

// schemaCommand is `apifyctl schema`: what the rows of a command are made of.
func schemaCommand(a *app.App) *cobra.Command {
	return &cobra.Command{
		Use:   "schema COMMAND…",
		Short: "Print the JSON Schema of the rows that a command prints",
		Long: `Print the JSON Schema of the rows that a command prints with --format json or
jsonl, for programs that read them. A row may have more members than the schema
knows. For the fields of a dataset's items, see apifyctl datasets schema.`,
		Example: `  apifyctl schema datasets list
  apifyctl schema queues requests >requests.schema.json`,
		ValidArgsFunction: func(command *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			found, rest, err := command.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			var offers []string
			for _, sub := range found.Commands() {
				if len(printing(a, sub)) > 0 {
					offers = append(offers, cobra.CompletionWithDesc(sub.Name(), sub.Short))
				}
			}
			return offers, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(command *cobra.Command, args []string) error {
			root := command.Root()
			if len(args) == 0 {
				return failure.WithHint(failure.Usagef("which command?"), "these print rows: "+strings.Join(printing(a, root), ", "))
			}
			found, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 || found == root {
				return failure.WithHint(failure.Usagef("there is no command %q", strings.Join(args, " ")), "see apifyctl --help")
			}
			row, ok := a.Row(found)
			if !ok {
				err := failure.Usagef("%s prints no rows", found.CommandPath())
				if below := printing(a, found); len(below) > 0 {
					return failure.WithHint(err, "these do: "+strings.Join(below, ", "))
				}
				return err
			}
			schema := rowschema.Of(row)
			schema.Dialect, schema.Title, schema.Description = rowschema.Dialect, found.CommandPath(), found.Short
			encoder := json.NewEncoder(a.Streams.Out)
			encoder.SetEscapeHTML(false)
			encoder.SetIndent("", "  ")
			return encoder.Encode(schema)
		},
	}
}

// printing are the commands, this one or those below it, that print rows.
func printing(a *app.App, command *cobra.Command) []string {
	var all []string
	if _, ok := a.Row(command); ok && command.IsAvailableCommand() {
		all = append(all, strings.TrimPrefix(command.CommandPath(), command.Root().Name()+" "))
	}
	for _, sub := range command.Commands() {
		all = append(all, printing(a, sub)...)
	}
	return all
}
