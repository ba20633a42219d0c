package records

import (
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/apifyctl/apifyctl/internal/archive"
	"github.com/apifyctl/apifyctl/internal/export"
)

// NamedTable tells that a path has the ending of a format that rows are printed in.
func NamedTable(path string) bool {
	_, known := export.ForPath(path)
	return known && !strings.HasSuffix(filepath.ToSlash(path), "/")
}

// NamedOtherArchive tells that a path has the ending of an archive that cannot be
// written.
func NamedOtherArchive(path string) bool {
	endings := []string{".7z", ".bz2", ".gz", ".rar", ".tgz", ".xz", ".zst"}
	return packerFor(path) == nil && slices.Contains(endings, strings.ToLower(filepath.Ext(path)))
}

// NamedArchive tells that a path has the ending of an archive, and not of a folder.
func NamedArchive(path string) bool { return packerFor(path) != nil }

// packerFor is what makes the archive that a name stands for; nil for a folder.
func packerFor(path string) func(io.Writer, time.Time) *archive.Writer {
	name := strings.ToLower(filepath.Base(path))
	switch {
	case strings.HasSuffix(name, ".zip"):
		return archive.NewZip
	case strings.HasSuffix(name, ".tar"), strings.HasSuffix(name, ".tar.gz"), strings.HasSuffix(name, ".tar.zst"):
		return archive.NewTar
	}
	return nil
}
