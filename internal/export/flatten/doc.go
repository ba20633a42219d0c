// Package flatten spreads items over columns: a column for each place in them that
// holds a scalar, named by its members' names and elements' numbers, joined by
// slashes. Items are never decoded: cells are offsets into their text.
package flatten
