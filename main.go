// Command apifyctl works with Apify's storages: datasets, key-value stores and
// request queues, in the cloud or in a local storage directory.
package main

import (
	"os"

	"github.com/apifyctl/apifyctl/cmd"
)

func main() {
	os.Exit(cmd.Main())
}
