package cmd

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/app"
)

// reference is the whole command line as data, made of what makes the help pages
// and completion.
type reference struct {
	Version   string             `json:"version"`
	Commands  []commandReference `json:"commands"`
	Flags     []flagReference    `json:"flags"` // of every command
	ExitCodes []exitReference    `json:"exitCodes"`
}

type commandReference struct {
	Command  string          `json:"command"` // "apifyctl datasets export"
	Aliases  []string        `json:"aliases,omitempty"`
	Usage    []string        `json:"usage"`
	Short    string          `json:"short"`
	Long     string          `json:"long"`
	Examples []string        `json:"examples,omitempty"`
	Rows     bool            `json:"rows,omitempty"` // it prints rows, which apifyctl schema describes
	Flags    []flagReference `json:"flags,omitempty"`
}

type flagReference struct {
	Name      string   `json:"name"`
	Shorthand string   `json:"shorthand,omitempty"`
	Type      string   `json:"type"`
	Default   string   `json:"default,omitempty"`
	Values    []string `json:"values,omitempty"` // all that there are, where they are certain ones
	Usage     string   `json:"usage"`
	Group     string   `json:"group,omitempty"`
	Repeats   bool     `json:"repeats,omitempty"` // it can be given several times
}

type exitReference struct {
	Code    int    `json:"code"`
	Meaning string `json:"meaning"`
}

// exitCodes are what programs that call this one rely on.
func exitCodes() []exitReference {
	return []exitReference{
		{exitDone, "done"},
		{exitFailed, "it failed"},
		{exitUsage, "the command line or a value is wrong"},
		{exitNotFound, "not found"},
		{exitNotAllowed, "not authenticated, or not allowed"},
		{exitPartial, "some of several failed; the rest is done"},
		{exitInterrupted, "interrupted"},
	}
}

// referenceOf describes a command and those below it.
func referenceOf(a *app.App, command *cobra.Command) reference {
	root := command.Root()
	return reference{Version: root.Version, Commands: commandsBelow(a, command), Flags: flagsOf(root.PersistentFlags()), ExitCodes: exitCodes()}
}

func commandsBelow(a *app.App, command *cobra.Command) []commandReference {
	var all []commandReference
	if !command.HasAvailableSubCommands() {
		all = append(all, describe(a, command))
	}
	for _, sub := range command.Commands() {
		if sub.IsAvailableCommand() {
			all = append(all, commandsBelow(a, sub)...)
		}
	}
	return all
}

func describe(a *app.App, command *cobra.Command) commandReference {
	_, rows := a.Row(command)
	c := commandReference{
		Command: command.CommandPath(), Aliases: command.Aliases, Short: command.Short, Long: command.Long, Rows: rows,
		Flags: flagsOf(command.LocalNonPersistentFlags()),
	}
	for _, form := range forms(command.Use) {
		c.Usage = append(c.Usage, command.CommandPath()+strings.TrimPrefix(form, command.Name()))
	}
	for line := range strings.Lines(command.Example) {
		c.Examples = append(c.Examples, strings.TrimSpace(line))
	}
	return c
}

func flagsOf(flags *pflag.FlagSet) (all []flagReference) {
	flags.VisitAll(func(flag *pflag.Flag) {
		if flag.Hidden || flag.Name == "help" || flag.Name == "version" {
			return
		}
		_, repeats := flag.Value.(pflag.SliceValue)
		f := flagReference{
			Name: flag.Name, Shorthand: flag.Shorthand, Type: flag.Value.Type(), Default: flag.DefValue,
			Values: verb.Values(flag), Usage: flag.Usage, Group: verb.Group(flag), Repeats: repeats,
		}
		switch {
		case flag.Name == "format" && f.Values == nil:
			f.Values = app.FormatNames()
		case flag.Name == "color":
			f.Values = colors()
		}
		if f.Default == "[]" {
			f.Default = ""
		}
		all = append(all, f)
	})
	return all
}
