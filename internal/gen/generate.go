package main

import (
	"bytes"
	"fmt"
	"io"
	"path"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// The folders that belong to the generator, relative to the output folder.
const (
	completions = "completions"
	manPages    = "docs/man"
	reference   = "docs/reference"
)

// tree maps a slash-separated path below the output folder to a file's content.
type tree map[string][]byte

func generate(root *cobra.Command) (tree, error) {
	files := tree{}
	for extension, write := range map[string]func(io.Writer) error{
		"bash": func(w io.Writer) error { return root.GenBashCompletionV2(w, true) },
		"zsh":  root.GenZshCompletion,
		"fish": func(w io.Writer) error { return root.GenFishCompletion(w, true) },
		"ps1":  root.GenPowerShellCompletionWithDesc,
	} {
		if err := files.add(path.Join(completions, root.Name()+"."+extension), write); err != nil {
			return nil, err
		}
	}
	return files, files.addPages(root)
}

func (t tree) add(name string, write func(io.Writer) error) error {
	var content bytes.Buffer
	if err := write(&content); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	t[name] = content.Bytes()
	return nil
}

// addPages adds the man page and the reference page of command and of all that
// users see below it.
func (t tree) addPages(command *cobra.Command) error {
	command.DisableAutoGenTag = true // it would carry today's date
	command.Long = markdown(command.Long)
	base := strings.ReplaceAll(command.CommandPath(), " ", "-")
	err := t.add(path.Join(manPages, base+".1"), func(w io.Writer) error {
		date := time.Date(2026, time.November, 1, 0, 0, 0, 0, time.UTC) // of no build, so that a build changes nothing
		return doc.GenMan(command, &doc.GenManHeader{Section: "1", Source: "apifyctl", Manual: "apifyctl", Date: &date}, w)
	})
	if err != nil {
		return err
	}
	err = t.add(path.Join(reference, base+".md"), func(w io.Writer) error {
		return doc.GenMarkdownCustom(command, w, func(link string) string { return strings.ReplaceAll(link, "_", "-") })
	})
	if err != nil {
		return err
	}
	for _, sub := range command.Commands() {
		if !sub.IsAvailableCommand() || sub.IsAdditionalHelpTopicCommand() {
			continue
		}
		if err := t.addPages(sub); err != nil {
			return err
		}
	}
	return nil
}

// markdown turns the indented lines of a help text, which a terminal shows as
// they stand, into code blocks: Markdown, from which the man pages come too,
// would run them together.
func markdown(help string) string {
	var b strings.Builder
	inBlock := false
	for line := range strings.Lines(help) {
		indented := strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t")
		switch {
		case indented && !inBlock:
			b.WriteString("\n")
		case !indented && inBlock && strings.TrimSpace(line) != "":
			b.WriteString("\n")
		}
		if indented {
			line = "    " + line
		}
		if strings.TrimSpace(line) != "" {
			inBlock = indented
		}
		b.WriteString(line)
	}
	return b.String()
}
