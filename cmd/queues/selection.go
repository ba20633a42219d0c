package queues

import (
	"strings"

	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/internal/requests"
)

func addURL(flags *pflag.FlagSet, s *requests.Selection) {
	flags.StringVar(&s.URL, "url", "", "requests whose URL matches this pattern (* is any text, ? any character)")
}

func addSelection(flags *pflag.FlagSet, s *requests.Selection) {
	flags.StringVar(&s.Filter, "filter", "", "requests in this state: "+strings.Join(requests.Filters(), ", ")+" (failed ones are handled too)")
	addURL(flags, s)
}

// filterValues completes --filter.
func filterValues() map[string][]string { return map[string][]string{"filter": requests.Filters()} }
