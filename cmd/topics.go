package cmd

import (
	"fmt"
	"strings"

	"github.com/apifyctl/apifyctl/internal/export"
)

// topic is a page of help about what several commands share.
type topic struct{ name, short, text string }

func topics() []topic {
	return []topic{
		{"exit-codes", "what the exit codes mean", exitCodesText()},
		{"references", "the ways to name a storage", references},
		{"selections", "the flags that select many storages", selections},
		{"formats", "the formats of output", formats()},
		{"environment", "variables, files, and what comes before what", environment},
	}
}

// exitCodesText explains the table of exit codes.
func exitCodesText() string {
	var text strings.Builder
	text.WriteString("Exit codes:\n")
	for _, each := range exitCodes() {
		fmt.Fprintf(&text, "  %-3d  %s\n", each.Code, each.Meaning)
	}
	text.WriteString(`
An error is one line on stderr, error: …, and at most one hint: …. With --format
json the error is also an object on stderr: {"error": {"type", "message",
"status"}}.`)
	return text.String()
}

const references = `A storage is named by any of these:

  Kq7RzT2mWx9LbV4nY             its ID
  products                      its name
  ~products                     its name, also where it looks like an ID
  jane~products, jane/products  that of another account
  https://console.apify.com/…   a URL of Apify Console or of the API
  --run RUN_ID                  the default storage of a run
  --last-run jane/my-actor      the default storage of an Actor's last run

17 letters and digits are tried as an ID first, then as a name. Looking up never
creates a storage.

Left out on a terminal, it is chosen from a list, by commands that take one.

apifyctl copy takes more in front: local:DIR/NAME, cloud:NAME and PROFILE:NAME.`

const selections = `These flags select storages, in list, export, share, delete, keep, backup,
restore and datasets find. Together they narrow:

  --unnamed           those without a name, which expire
  --all               those with a name and those without
  --name "shop-*"     by name; * is any text, ? any character, [a-z] one of these
  --owned, --shared   the account's own, or those of others
  --actor, --run      those that an Actor or a run made, with a name or without
  --older-than 30d    not modified for so long
  --newer-than 48h    modified within this time
  --expiring 48h      gone so soon
  --empty             holding nothing

A span of time is a number and h, d or w: 48h, 30d, 2w.`

const environment = `Where storages are is decided by the first of these that is set:

  --local DIR, --api-url URL, --profile NAME   flags
  APIFY_LOCAL_STORAGE_DIR                      a storage directory
  APIFYCTL_PROFILE                             a profile of the configuration file
  APIFY_TOKEN                                  an account, by its token
  apifyctl login                               the token that it has kept
  apify login                                  the token of the official CLI
  CRAWLEE_STORAGE_DIR                          a directory, where there is no token

Others:

  APIFY_API_BASE_URL, APIFY_CLIENT_BASE_URL    the address of the API
  NO_COLOR                                     no colours
  TERM=dumb                                    no colours either

There is no flag for a token: it would show in the list of processes. apifyctl
config list shows what is set, and where.`

// formats explains the table of formats.
func formats() string {
	var text strings.Builder
	text.WriteString("--format NAME, or the ending of --output FILE, chooses one of these:\n\n")
	for _, format := range export.Formats() {
		fmt.Fprintf(&text, "  %-8s %s\n", format.Name, format.Summary)
	}
	text.WriteString(`
Without both a terminal gets a table and a pipe gets jsonl. The endings .gz and
.zst compress. Binary formats do not go to a terminal.

In formats with columns nested values become columns such as reviews/0/name. A
path such as a/b or a.b reaches inside in --fields and --columns of every format.`)
	return text.String()
}
