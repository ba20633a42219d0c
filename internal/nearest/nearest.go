// Package nearest finds what was probably meant by a name that does not exist.
package nearest

import "strings"

// Name is the name that was probably meant; "" where none is like it.
func Name(name string, names []string) string {
	best, least := "", max(2, len(name)/3)+1
	for _, other := range names {
		if distance := editDistance(strings.ToLower(name), strings.ToLower(other)); distance < least {
			best, least = other, distance
		}
	}
	return best
}

// editDistance is how many letters have to be put in, taken out or changed.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
