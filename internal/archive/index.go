package archive

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
)

// Entry is a record and the file it is in.
type Entry struct {
	Key         string `json:"key"`
	File        string `json:"file"`
	ContentType string `json:"contentType"`
	Size        int64  `json:"size"`
	SHA256      string `json:"sha256"`
	// Stale: left by an earlier export, and not yet written again by one that began after it.
	Stale bool `json:"stale,omitempty"`
}

func (e Entry) appendLine(dst []byte) ([]byte, error) {
	text, err := json.Marshal(e)
	return append(append(dst, text...), '\n'), err
}

// maxIndex is the size of an index, in bytes: some million records.
const maxIndex = 256 << 20

// maxIndexLine is far longer than any line that Entry makes.
const maxIndexLine = 1 << 16

// readIndex reads entries up to the end, or to a line that was not written
// whole. Of several for one key the last counts. Names that lead out of the
// folder are left out: an index may come from anywhere.
func readIndex(r io.Reader) ([]Entry, error) {
	byKey := map[string]Entry{}
	bounded := &io.LimitedReader{R: r, N: maxIndex + 1}
	lines := bufio.NewScanner(bounded)
	lines.Buffer(nil, maxIndexLine)
	for lines.Scan() {
		var entry Entry
		if err := json.Unmarshal(lines.Bytes(), &entry); err != nil {
			break // the line that was being written when a process was killed
		}
		if entry.Key != "" && filepath.IsLocal(entry.File) && !strings.ContainsAny(entry.File, `/\`) && entry.File != "." {
			byKey[entry.Key] = entry
		}
	}
	if err := lines.Err(); err != nil && !errors.Is(err, bufio.ErrTooLong) {
		return nil, err
	}
	if bounded.N == 0 {
		return nil, fmt.Errorf("%s is larger than %d MB", IndexName, maxIndex>>20)
	}
	entries := make([]Entry, 0, len(byKey))
	for _, entry := range byKey {
		entries = append(entries, entry)
	}
	sortEntries(entries)
	return entries, nil
}

func sortEntries(entries []Entry) {
	slices.SortFunc(entries, func(a, b Entry) int { return cmp.Compare(a.Key, b.Key) })
}

// WriteIndex writes the index of entries, by their keys.
func WriteIndex(w io.Writer, entries []Entry) error {
	sortEntries(entries)
	return writeIndex(w, entries)
}

func writeIndex(w io.Writer, entries []Entry) error {
	buffer := bufio.NewWriter(w)
	var line []byte
	for _, entry := range entries {
		var err error
		if line, err = entry.appendLine(line[:0]); err != nil {
			return err
		}
		if _, err := buffer.Write(line); err != nil {
			return err
		}
	}
	return buffer.Flush()
}
