package items

import (
	"fmt"
	"slices"
	"time"

	"github.com/apifyctl/apifyctl/internal/export"
	"github.com/apifyctl/apifyctl/internal/export/dedupe"
	"github.com/apifyctl/apifyctl/internal/export/recent"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/storages"
)

// LeaveOut says which items an export leaves out because of others, or of their age.
type LeaveOut struct {
	Duplicates bool     // of items that are equal as JSON one stays
	By         []string // of items that are equal in these fields one stays
	KeepLast   bool     // it is the last one that stays

	Age       time.Duration // items that are older go; 0: none does
	TimeField string        // has an item's time
}

// duplicates has pages go through a filter; nil is none. A column of our own is no part
// of items. Fields to compare may be such as are not written: they are looked at
// before they are left out.
func (l LeaveOut) duplicates(printer Printer, pages *export.Pages, own string) *dedupe.Filter {
	if !l.Duplicates && len(l.By) == 0 {
		return nil
	}
	filter := dedupe.New(dedupe.Options{By: l.By, Last: l.KeepLast, Ignore: own, Dir: printer.Options().SpoolDir})
	if l.Duplicates {
		printer.Through(filter.Pages)
		return filter
	}
	pages.All = filter.Pages(pages.All)
	return filter
}

// old has pages go through a filter; nil is none.
func (l LeaveOut) old(pages *export.Pages) *recent.Filter {
	if l.Age == 0 {
		return nil
	}
	filter := &recent.Filter{Field: l.TimeField, From: time.Now().Add(-l.Age)}
	pages.All = filter.Pages(pages.All)
	return filter
}

// Written is what an export has written, and left out.
type Written struct {
	export.Summary
	Printer Printer

	filter *dedupe.Filter // nil where duplicates stay
	recent *recent.Filter // nil where old items stay
}

// Sum is how much it is.
func (w Written) Sum() storages.Sum {
	sum := storages.Sum{Units: w.Items, Bytes: w.Bytes}
	if w.filter != nil {
		sum.Duplicates = w.filter.Duplicates
	}
	if w.recent != nil {
		sum.Older = w.recent.Older
	}
	return sum
}

// Warnings are sentences about what may not be as it was meant.
func (w Written) Warnings() []string {
	return slices.Concat(w.Summary.Warnings, w.unlike(), w.undated())
}

// unlike are sentences about items that could not be compared.
func (w Written) unlike() (sentences []string) {
	if w.filter == nil {
		return nil
	}
	for _, field := range w.filter.Unseen() {
		if w.Items > 0 {
			sentences = append(sentences, fmt.Sprintf("--dedupe-by: nothing has %q", field))
		}
	}
	if n := w.filter.Without; n > 0 {
		sentences = append(sentences, fmt.Sprintf("--dedupe-by: none of the fields is in %s, all of which stay", output.Plural(n, "item", "items")))
	}
	return sentences
}

// undated says that items had no time.
func (w Written) undated() (sentences []string) {
	if w.recent != nil && w.recent.Undated > 0 {
		sentences = append(sentences, fmt.Sprintf("%s without a time in %q left out", output.Plural(w.recent.Undated, "item", "items"), w.recent.Field))
	}
	return sentences
}
