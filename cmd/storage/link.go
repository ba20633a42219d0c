package storage

import (
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
)

// defaultLinkAge is how long a signed link opens what it leads to.
const defaultLinkAge = 14 * 24 * time.Hour

// linkOptions say what link `share` makes, and what the link asks the API for.
type linkOptions struct {
	expires         Age
	permanent       bool
	key             string
	query           url.Values // what is baked into the link
	lists           map[string]*[]string
	switches        map[string]*bool
	limit, offset   int64
	view, delimiter string
	prefix          string
}

func (o *linkOptions) add(kind api.Kind, flags *pflag.FlagSet) {
	flags.Var(&o.expires, "expires", "make a signed link that works so long (24h, 30d; 14d unless said)")
	flags.BoolVar(&o.permanent, "permanent", false, "make a signed link that works for ever")
	o.query, o.lists, o.switches = url.Values{}, map[string]*[]string{}, map[string]*bool{}
	switch kind {
	case api.KindDataset:
		for name, usage := range map[string]string{
			"fields": "the link gives these members only", "omit": "the link leaves these members out",
			"unwind": "the link gives an item for each element of these members", "flatten": "the link flattens these members",
		} {
			o.lists[name] = flags.StringSlice(name, nil, usage)
		}
		for name, usage := range map[string]string{"clean": "the link gives clean items only", "desc": "the link gives the newest first"} {
			o.switches[name] = flags.Bool(name, false, usage)
		}
		flags.Int64Var(&o.limit, "limit", 0, "the link gives this many items at most")
		flags.Int64Var(&o.offset, "offset", 0, "the link leaves out so many items at the beginning")
		flags.StringVar(&o.view, "view", "", "the link gives this view of the dataset")
		flags.StringVar(&o.delimiter, "delimiter", "", "what separates cells where the link gives CSV")
	case api.KindKeyValueStore:
		flags.StringVar(&o.key, "key", "", "make a link to this record; it works for ever")
		flags.StringVar(&o.prefix, "prefix", "", "the link gives keys that begin so")
	}
}

// linkFormat knows the formats that the API itself gives items in, besides JSON,
// which is what a link gives anyway.
func linkFormat(name string) bool {
	return slices.Contains([]string{"csv", "jsonl", "xlsx", "xml", "rss", "html"}, name)
}

func (r Resource[T]) linkHelp() string {
	switch r.Kind {
	case api.KindDataset:
		return `A dataset
that is not public gets a signed link, which works without a token for 14 days
unless --expires or --permanent say otherwise. The flags of an export, and
--format csv, jsonl, xlsx, xml, rss or html, are baked into the link; --format
json, yaml and table are about what this command prints.`
	case api.KindKeyValueStore:
		return `A store that
is not public gets a signed link to its keys, which works without a token for
14 days unless --expires or --permanent say otherwise. --key makes a link to one
record, which works for ever.`
	case api.KindRequestQueue:
	}
	return `There are no
signed links to request queues: open one with --access anyone-with-id, or export
it and send the file.`
}

// check finds what contradicts itself, before any request.
func (o *linkOptions) check(kind api.Kind, share shareOptions) error {
	wanted := o.expires != 0 || o.permanent || o.key != ""
	switch {
	case kind == api.KindRequestQueue && wanted:
		return app.WithHint(app.Usagef("there are no signed links to request queues"),
			"--access anyone-with-id opens it to whoever knows the ID; or export it and send the file")
	case o.expires != 0 && o.permanent:
		return app.Usagef("--expires and --permanent contradict each other")
	case o.key != "" && o.expires != 0:
		return app.WithHint(app.Usagef("a link to one record works for ever, it cannot expire"), "--expires without --key makes a link to the store's keys")
	case share.access == api.AccessRestricted && wanted:
		return app.Usagef("restricting the access and handing out a link contradict each other")
	case o.key != "" && (share.selection.Given() || len(share.refs) > 1):
		return app.Usagef("--key needs one store")
	case o.limit < 0 || o.offset < 0:
		return app.Usagef("--limit and --offset cannot be negative")
	}
	for name, values := range o.lists {
		if len(*values) > 0 {
			o.query.Set(name, strings.Join(*values, ","))
		}
	}
	for name, value := range o.switches {
		if *value {
			o.query.Set(name, "1")
		}
	}
	for name, value := range map[string]int64{"limit": o.limit, "offset": o.offset} {
		if value > 0 {
			o.query.Set(name, strconv.FormatInt(value, 10))
		}
	}
	for name, value := range map[string]string{"view": o.view, "delimiter": o.delimiter, "prefix": o.prefix} {
		if value != "" {
			o.query.Set(name, value)
		}
	}
	return nil
}

// addLink makes the link that opens a storage without a token: the public one
// where everybody may read, else a signed one. Where nobody may sign, and no
// signed link was asked for, there is none.
func (r Resource[T]) addLink(client *api.Client, facts *api.Storage, o shareOptions, result *shared) error {
	asked := o.link.expires != 0 || o.link.permanent
	var err error
	switch {
	case o.link.key != "":
		result.url, err = client.SignedRecordURL(facts, o.link.key)
		result.signed = err == nil
		return err
	case !asked && publicReference(facts) != "":
		result.url = client.URL(r.Kind, publicReference(facts)) + r.Contents
		if len(o.link.query) > 0 && r.Contents != "" {
			result.url += "?" + o.link.query.Encode()
		}
		return nil
	case r.Kind == api.KindRequestQueue || !asked && o.access != "":
		return nil // the access that was asked for opens it to nobody
	}
	var expires time.Time
	if !o.link.permanent {
		age := defaultLinkAge
		if o.link.expires != 0 {
			age = o.link.expires.Duration()
		}
		expires = time.Now().Add(age)
		result.expires = expires.UTC().Format(time.RFC3339)
	}
	result.url, err = client.SignedURL(r.Kind, facts, o.link.query, expires)
	if errors.Is(err, api.ErrCannotSign) && !asked {
		result.expires = ""
		return nil
	}
	result.signed = err == nil
	return err
}

// publicReference is how everybody may call a storage; "" where not everybody
// may read it, or where only the account's settings know.
func publicReference(facts *api.Storage) string {
	switch {
	case facts.GeneralAccess == api.AccessAnyoneWithName && facts.Name != "" && facts.Username != "":
		return facts.Username + "~" + facts.Name
	case facts.GeneralAccess == api.AccessAnyoneWithID || facts.GeneralAccess == api.AccessAnyoneWithName:
		return facts.ID
	}
	return ""
}

// adviseShared says what the printed facts do not.
func (r Resource[T]) adviseShared(a *app.App, o shareOptions, result shared) {
	switch {
	case a.IsLocal():
		a.Streams.Notef("a local storage has no public link; `apifyctl serve` puts the directory on a port")
	case o.link.key != "":
		a.Streams.Notef("the link works for ever; only deleting the record, or the store, ends that")
	case result.signed && result.expires == "":
		a.Streams.Notef("the link works for ever for whoever has it")
	case result.url != "":
	case o.access == api.AccessRestricted:
		a.Streams.Notef("only people with access can read it now; links that were signed before keep working until they expire")
	default:
		a.Streams.Notef("nobody can read it without a token; --access anyone-with-id gives it a public link")
	}
}
