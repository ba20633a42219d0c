package config

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/apifyctl/apifyctl/internal/atomicfile"
)

// edit changes one member of a YAML file, which may be missing, and keeps the
// rest with its comments. keys lead to the member; value "" removes it. The file
// is readable by its owner alone, and is replaced whole.
func edit(path string, private bool, keys []string, value string) error {
	if path == "" {
		return errors.New("there is no directory for settings: set HOME or XDG_CONFIG_HOME")
	}
	data, err := readFile(path, kindOf(private))
	if err != nil {
		return err
	}
	var document yaml.Node
	if err := yaml.Unmarshal(data, &document); err != nil {
		return yamlError(path, private, err)
	}
	if len(document.Content) == 0 {
		document = yaml.Node{Kind: yaml.DocumentNode, Content: []*yaml.Node{mapping()}}
	}
	if document.Content[0].Kind != yaml.MappingNode {
		return &FileError{Path: path, Problem: "not the YAML of settings"}
	}
	if value == "" {
		remove(document.Content[0], keys)
	} else {
		set(document.Content[0], keys, value)
	}
	var text bytes.Buffer
	encoder := yaml.NewEncoder(&text)
	encoder.SetIndent(2)
	if err := errors.Join(encoder.Encode(&document), encoder.Close()); err != nil {
		return err
	}
	return replacePrivate(path, text.Bytes())
}

func mapping() *yaml.Node { return &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"} }

// child is the index of a member's value; names do not depend on case.
func child(node *yaml.Node, key string) int {
	for i := 0; i+1 < len(node.Content); i += 2 {
		if strings.EqualFold(node.Content[i].Value, key) {
			return i + 1
		}
	}
	return -1
}

func set(node *yaml.Node, keys []string, value string) {
	i := child(node, keys[0])
	if i < 0 {
		node.Content = append(node.Content, scalar(keys[0]), mapping())
		i = len(node.Content) - 1
	}
	if len(keys) == 1 {
		node.Content[i] = scalar(value)
		return
	}
	if node.Content[i].Kind != yaml.MappingNode { // "work:" with nothing behind it
		node.Content[i] = mapping()
	}
	set(node.Content[i], keys[1:], value)
}

func scalar(text string) *yaml.Node {
	node := new(yaml.Node)
	node.SetString(text)
	return node
}

func remove(node *yaml.Node, keys []string) {
	i := child(node, keys[0])
	switch {
	case i < 0:
	case len(keys) > 1:
		remove(node.Content[i], keys[1:])
	default:
		node.Content = slices.Delete(node.Content, i-1, i+1)
	}
}

// replacePrivate writes a file of mode 0600, whole or not at all. Where path is
// a link, as into a folder of dotfiles, its target is replaced.
func replacePrivate(path string, text []byte) error {
	switch target, err := filepath.EvalSymlinks(path); {
	case err == nil:
		path = target
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	if filepath.Base(folder) == "apifyctl" && modeOf(folder)&0o077 != 0 { // our own, made by somebody else
		if err := os.Chmod(folder, 0o700); err != nil { // #nosec G302 -- a folder has to be entered
			return err
		}
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return err
	}
	return errors.Join(atomicfile.Replace(root, atomicfile.Hidden(), filepath.Base(path), 0o600, text), root.Close())
}
