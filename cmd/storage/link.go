package storage

import (
	"context"
	"net/url"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/span"
	"github.com/apifyctl/apifyctl/internal/storages"
)

// Link is what a kind's storages can be linked to.
type Link struct {
	Lists    map[string]string // flags that are baked into the link, with their help
	Switches map[string]string
	Numbers  map[string]string
	Texts    map[string]string
	Formats  []string // that the API gives it in, besides JSON
	Records  bool     // a link can lead to one record
	Help     string
}

func datasetLinks() Link {
	return Link{
		Lists: map[string]string{
			"fields": "the link gives only these members", "omit": "the link leaves these members out",
			"unwind": "the link gives an item for each element of these members", "flatten": "the link flattens these members",
		},
		Switches: map[string]string{"clean": "the link gives clean items only", "desc": "the link gives the newest first"},
		Numbers:  map[string]string{"limit": "the link gives this many items at most", "offset": "the link skips this many items"},
		Texts:    map[string]string{"view": "the link gives this view of the dataset", "delimiter": "what separates cells of a link to CSV"},
		Formats:  []string{"csv", "jsonl", "xlsx", "xml", "rss", "html"},
		Help: `A dataset
that is not public gets a signed link, which works without a token for 14 days
unless --expires or --permanent say otherwise. The flags of an export, and
--format csv, jsonl, xlsx, xml, rss or html, are baked into the link; --format
json, yaml and table are about what this command prints.`,
	}
}

func storeLinks() Link {
	return Link{
		Records: true,
		Texts:   map[string]string{"prefix": "the link gives only keys that start with this"},
		Help: `A store that
is not public gets a signed link to its keys, which works without a token for
14 days unless --expires or --permanent say otherwise. --key makes a link to one
record, which works for ever.`,
	}
}

func queueLinks() Link {
	return Link{Help: `There are no
signed links to request queues: open one with --access anyone-with-id, or export
it and send the file.`}
}

// linkOptions say what link `share` makes, and what the link asks the API for.
type linkOptions struct {
	expires   span.Flag
	permanent bool
	key       string
	query     url.Values // what is baked into the link
	lists     map[string]*[]string
	switches  map[string]*bool
	numbers   map[string]*int64
	texts     map[string]*string
}

func (o *linkOptions) add(link Link, flags *pflag.FlagSet) {
	flags.Var(&o.expires, "expires", "make a signed link that works for this long (24h, 30d; default 14d)")
	flags.BoolVar(&o.permanent, "permanent", false, "make a signed link that works for ever")
	if link.Records {
		flags.StringVar(&o.key, "key", "", "make a link to this record; it works for ever")
	}
	o.query = url.Values{}
	o.lists, o.switches = map[string]*[]string{}, map[string]*bool{}
	o.numbers, o.texts = map[string]*int64{}, map[string]*string{}
	for name, usage := range link.Lists {
		o.lists[name] = flags.StringSlice(name, nil, usage)
	}
	for name, usage := range link.Switches {
		o.switches[name] = flags.Bool(name, false, usage)
	}
	for name, usage := range link.Numbers {
		o.numbers[name] = flags.Int64(name, 0, usage)
	}
	for name, usage := range link.Texts {
		o.texts[name] = flags.String(name, "", usage)
	}
}

// check finds what contradicts itself, before any request. signed tells that there are
// signed links to the kind.
func (o *linkOptions) check(signed bool, s *verb.Scope, access api.Access) error {
	wanted := o.expires != 0 || o.permanent || o.key != ""
	switch {
	case wanted && !signed:
		return failure.WithHint(failure.Usagef("there are no signed links to request queues"),
			"--access anyone-with-id opens it to whoever knows the ID; or export it and send the file")
	case o.expires != 0 && o.permanent:
		return failure.Usagef("--expires and --permanent contradict each other")
	case o.key != "" && o.expires != 0:
		return failure.WithHint(failure.Usagef("a link to one record works for ever, it cannot expire"), "--expires without --key makes a link to the store's keys")
	case access == api.AccessRestricted && wanted:
		return failure.Usagef("restricting the access and handing out a link contradict each other")
	case o.key != "" && s.Several():
		return failure.Usagef("--key needs one store")
	}
	for name, value := range o.numbers {
		if *value < 0 {
			return failure.Usagef("--%s cannot be negative", name)
		}
	}
	o.bake()
	return nil
}

// bake puts into the link what the flags ask for.
func (o *linkOptions) bake() {
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
	for name, value := range o.numbers {
		if *value > 0 {
			o.query.Set(name, strconv.FormatInt(*value, 10))
		}
	}
	for name, value := range o.texts {
		if *value != "" {
			o.query.Set(name, *value)
		}
	}
}

// wanted is the link that the flags ask for; private tells that they set an access.
func (o *linkOptions) wanted(private bool) storages.LinkOptions {
	return storages.LinkOptions{Expires: o.expires.Duration(), Permanent: o.permanent, Key: o.key, Query: o.query, Private: private}
}

// adviseShared says what the printed facts do not.
func (r Resource[T]) adviseShared(a *app.App, o shareOptions, result shared) {
	switch {
	case a.IsLocal():
		a.Streams.Notef("a local storage has no link; `apifyctl serve` puts the directory on a port")
	case o.link.key != "":
		a.Streams.Notef("the link works for ever; only deleting the record, or the store, ends that")
	case result.link.Signed && result.link.Expires == "":
		a.Streams.Notef("the link works for ever for whoever has it")
	case result.link.URL != "":
	case o.access == api.AccessRestricted:
		a.Streams.Notef("only people with access can read it now; links that were signed before keep working until they expire")
	default:
		a.Streams.Notef("nobody can read it without a token; --access anyone-with-id gives it a public link")
	}
}

// CompleteKeys offers the keys of the store that a verb is about.
func CompleteKeys(ctx context.Context, s *verb.Scope, typed string) []string {
	keys := []string{}
	for key, err := range s.Client.KeyValueStores().Keys(ctx, s.Ref, api.KeysOptions{Prefix: typed, Limit: verb.Completions}) {
		if err != nil {
			break
		}
		keys = append(keys, key.Key)
	}
	return keys
}
