package copycmd

import (
	"cmp"
	"context"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/storages"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

// completer offers the ends of a copy.
type completer struct {
	app  *app.App
	kind string // of --kind; "": any
}

func (c completer) complete(command *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 1 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	c.app.Hurry(command.Flags())
	ctx, done := context.WithTimeout(command.Context(), app.Patience)
	defer done()
	const more = cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	place, rest, placed := strings.Cut(typed, ":")
	switch {
	case !placed:
		return append(c.storages(ctx, "", c.app.Default), c.places(command)...), more
	case place == "local":
		return c.local(ctx, rest[:strings.LastIndexByte(rest, '/')+1]), more
	}
	profile := strings.TrimPrefix(place, "cloud")
	return c.storages(ctx, place+":", func(bool) (app.Place, error) { return c.app.Account(profile, false) }), cobra.ShellCompDirectiveNoFileComp
}

// local offers what is in a directory, which has a slash at its end: storages, or
// the folders on the way to them. In the folder of a kind that kind's are meant.
func (c completer) local(ctx context.Context, dir string) []string {
	root := filepath.Clean(dir)
	open := func(bool) (app.Place, error) { return c.app.Directory(root, false) }
	for _, kind := range transfer.Kinds() {
		if filepath.Base(root) == kind.Folder {
			c.kind, root = kind.Name, filepath.Dir(root)
			return c.storages(ctx, "local:"+dir, open)
		}
	}
	return append(c.storages(ctx, "local:"+dir, open), folders(dir)...)
}

// places are what can stand in front of a colon.
func (c completer) places(command *cobra.Command) []string {
	offers := []string{cobra.CompletionWithDesc("local:", "in a directory"), cobra.CompletionWithDesc("cloud:", "in the cloud")}
	profiles, _ := c.app.CompleteProfiles(command, nil, "")
	for _, profile := range profiles {
		offers = append(offers, cobra.CompletionWithDesc(profile+":", "in the account or directory of this profile"))
	}
	return offers
}

// storages are those of a place, each with prefix in front. A place that cannot be
// opened has none.
func (c completer) storages(ctx context.Context, prefix string, open func(write bool) (app.Place, error)) []string {
	place, err := open(false)
	if err != nil {
		return nil
	}
	return c.app.Remembered(ctx, "copy "+c.kind+" "+place.Where+" "+prefix, func() ([]string, error) {
		var offers []string
		for _, kind := range storages.All() {
			if !c.wants(kind.Of()) {
				continue
			}
			for object, err := range kind.Objects(ctx, place.Client, api.ListOptions{Unnamed: true, Descending: true, Limit: verb.Completions}) {
				if err != nil {
					return nil, err
				}
				name := object.Facts.Name
				if name == "" {
					name = object.Facts.ID
				}
				offers = append(offers, cobra.CompletionWithDesc(prefix+name, object.Kind.String()+", "+object.Size))
			}
		}
		return offers, nil
	})
}

// wants tells whether --kind leaves a kind open.
func (c completer) wants(kind api.Kind) bool {
	return c.kind == "" || transfer.KindOf(kind).Called(c.kind)
}

// folders are those in a folder, for a directory that is still being typed.
func folders(dir string) []string {
	entries, err := os.ReadDir(cmp.Or(dir, "."))
	if err != nil {
		return nil
	}
	var offers []string
	for _, entry := range entries {
		if entry.IsDir() && !strings.HasPrefix(entry.Name(), ".") {
			offers = append(offers, "local:"+dir+entry.Name()+"/")
		}
	}
	return offers
}
