// Package flat spreads decoded JSON over columns in the slow, usual way: for
// the items that are served, and for peers.
package flat

import "strconv"

// Each calls use for every value below value that is neither an object nor an
// array, with its path: names and indexes, joined by slashes.
func Each(value any, use func(path string, value any)) { each("", value, use) }

func each(path string, value any, use func(string, any)) {
	below := func(name string, value any) {
		if path != "" {
			name = path + "/" + name
		}
		each(name, value, use)
	}
	switch value := value.(type) {
	case map[string]any:
		for name, member := range value {
			below(name, member)
		}
	case []any:
		for i, element := range value {
			below(strconv.Itoa(i), element)
		}
	default:
		use(path, value)
	}
}
