package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/go-viper/mapstructure/v2"
	"github.com/spf13/viper"

	"github.com/apifyctl/apifyctl/internal/nearest"
)

// maxFileSize is far beyond any honest file of settings.
const maxFileSize = 1 << 20

// readSettings warns of members that nothing knows: a misspelt "local" works on
// the cloud.
func (e Environment) readSettings() (*settings, error) {
	file := &settings{path: e.settingsPath()}
	unknown, err := readYAML(file.path, false, file)
	for _, member := range unknown {
		e.warn(unknownMember(file.path, member))
	}
	return file, err
}

// unknownMember says which member is meant where one is like it. The decoder calls
// members profiles[work].local.
func unknownMember(path, member string) string {
	within, name, below := strings.Cut(member, "].")
	known, where := []string{"current-profile", "profiles"}, ""
	if below {
		known, where = append(Settings(), "token-in"), " of profile "+strings.TrimPrefix(within, "profiles[")
	} else {
		name = within
	}
	text := fmt.Sprintf("%s: nothing knows %q%s", path, name, where)
	if near := nearest.Name(name, known); near != "" {
		text += fmt.Sprintf("; %q is the nearest that there is", near)
	}
	return text
}

func readCredentials(path string) (*credentials, error) {
	file := &credentials{}
	unknown, err := readYAML(path, true, file)
	if err == nil && len(unknown) > 0 {
		err = memberError(path, true, nil)
	}
	return file, err
}

// readYAML fills in target from a file that may be missing, and returns the
// members that target has no place for.
func readYAML(path string, private bool, target any) (unknown []string, err error) {
	data, err := readFile(path, kindOf(private))
	if err != nil || data == nil {
		return nil, err
	}
	// Names of profiles may hold dots, which viper splits keys at.
	v := viper.NewWithOptions(viper.KeyDelimiter("\x00"))
	v.SetConfigType("yaml")
	if err := v.ReadConfig(bytes.NewReader(data)); err != nil {
		return nil, yamlError(path, private, err)
	}
	// Not v.Unmarshal, which drops a profile that holds nothing, nor AllKeys
	// alone, which does the same.
	tree := make(map[string]any)
	for _, key := range append(v.AllKeys(), "profiles") {
		top, _, _ := strings.Cut(key, "\x00")
		if v.IsSet(top) {
			tree[top] = v.Get(top)
		}
	}
	var seen mapstructure.Metadata
	decoder, err := mapstructure.NewDecoder(&mapstructure.DecoderConfig{Result: target, Metadata: &seen})
	if err != nil {
		return nil, err
	}
	if err := decoder.Decode(tree); err != nil {
		return nil, memberError(path, private, err)
	}
	slices.Sort(seen.Unused)
	return seen.Unused, nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// fileKind is what a file may let others do, where the system has such permissions.
type fileKind int

const (
	settingsFile fileKind = iota // nothing that changes it: it says where tokens go
	secretFile                   // nothing at all
	foreignFile                  // as settingsFile: another program wrote it, and need not keep our rules
)

func kindOf(private bool) fileKind {
	if private {
		return secretFile
	}
	return settingsFile
}

// readFile returns nil for a file that does not exist. Who may do more with it, or
// with its folder, than its kind lets him is an error.
func readFile(path string, kind fileKind) ([]byte, error) {
	if path == "" {
		return nil, nil
	}
	f, err := os.Open(path) // #nosec G304 -- below the user's own directories
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // nothing was written
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if err := checkMode(path, info.Mode(), kind); err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, maxFileSize+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxFileSize {
		return nil, &FileError{Path: path, Problem: "larger than 1 MB"}
	}
	return data, nil
}

func checkMode(path string, mode fs.FileMode, kind fileKind) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	const (
		byOthers = 0o077
		changed  = 0o022
	)
	folder := filepath.Dir(path)
	var message, hint string
	switch {
	case kind == secretFile && mode.Perm()&byOthers != 0:
		message, hint = fmt.Sprintf("%s holds tokens and is open to other users (mode %04o)", path, mode.Perm()), "chmod 600 "+quoted(path)
	case mode.Perm()&changed != 0:
		message, hint = fmt.Sprintf("%s can be changed by other users (mode %04o)", path, mode.Perm()), "chmod go-w "+quoted(path)
	case modeOf(folder)&changed != 0:
		message, hint = fmt.Sprintf("%s is in a folder that other users can change (mode %04o)", path, modeOf(folder)), "chmod go-w "+quoted(folder)
	default:
		return nil
	}
	return &hintedError{message: message, hint: hint}
}

// modeOf is a file's permissions; 0 where it has none, or where only the owner of a
// file may remove it from a folder that all can write to.
func modeOf(path string) fs.FileMode {
	info, err := os.Stat(path)
	if err != nil || runtime.GOOS == "windows" || info.Mode()&fs.ModeSticky != 0 {
		return 0
	}
	return info.Mode().Perm()
}

func quoted(path string) string { return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'" }

// yamlError keeps the line and, where it quotes nothing, the reason. The
// parser's messages are "yaml: line 3: could not find expected ':'" or, with
// pieces of the file in them, "yaml: unmarshal errors:\n  line 3: cannot …".
func yamlError(path string, private bool, err error) error {
	if parsing, ok := errors.AsType[viper.ConfigParseError](err); ok {
		err = parsing.Unwrap()
	}
	result := &FileError{Path: path, Problem: "not the YAML of settings"}
	prefix, rest, found := strings.Cut(err.Error(), "line ")
	if !found {
		return result
	}
	number, reason, _ := strings.Cut(rest, ":")
	if line, err := strconv.Atoi(number); err == nil {
		result.Line = line
		// The parser, unlike the scanner before it, counts lines from 0.
		if strings.Contains(reason, "did not find expected") {
			result.Line++
		}
	}
	if !private && prefix == "yaml: " {
		result.Problem = strings.TrimSpace(reason)
	}
	return result
}

// memberError is about a member that is unknown or of the wrong type. The
// decoder's message quotes values, which a private file must not have shown.
func memberError(path string, private bool, err error) error {
	if private {
		return &FileError{Path: path, Problem: `expected "profiles", each with a "token" that is a text, and nothing else`}
	}
	lines := strings.Split(err.Error(), "\n")
	lines = slices.DeleteFunc(lines, func(line string) bool { return line == "" || strings.HasSuffix(line, ":") })
	return &FileError{Path: path, Problem: strings.Join(lines, "; ")}
}
