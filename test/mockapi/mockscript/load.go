package mockscript

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/apifyctl/apifyctl/test/mockapi"
)

// Load starts a server that holds what a storage directory holds. It has to be
// closed even where it could not be filled.
func Load(dir string) (*mockapi.Server, error) {
	server := mockapi.Start()
	return server, load(server, dir)
}

// load reads the layout of local storage directories, as far as tests need it.
func load(server *mockapi.Server, dir string) error {
	for kindPath, folder := range map[string]string{
		"datasets": "datasets", "key-value-stores": "key_value_stores", "request-queues": "request_queues",
	} {
		entries, err := os.ReadDir(filepath.Join(dir, folder))
		if err != nil && !os.IsNotExist(err) {
			return err
		}
		for _, entry := range entries {
			id := server.Add(kindPath, entry.Name())
			if kindPath == "key-value-stores" {
				if err := loadRecords(server, id, filepath.Join(dir, folder, entry.Name())); err != nil {
					return err
				}
			}
			if kindPath != "datasets" {
				continue
			}
			files, err := filepath.Glob(filepath.Join(dir, folder, entry.Name(), "[0-9]*.json"))
			if err != nil {
				return err
			}
			slices.Sort(files)
			for _, file := range files {
				text, err := os.ReadFile(file)
				if err != nil {
					return err
				}
				server.Push(id, strings.TrimSpace(string(text)))
			}
		}
	}
	return nil
}

// loadRecords reads files <key>.<ending>.
func loadRecords(server *mockapi.Server, id, dir string) error {
	files, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, file := range files {
		value, err := os.ReadFile(filepath.Join(dir, file.Name()))
		if err != nil {
			return err
		}
		ending := filepath.Ext(file.Name())
		contentType, ok := map[string]string{
			".json": "application/json; charset=utf-8", ".txt": "text/plain; charset=utf-8",
			".html": "text/html; charset=utf-8", ".png": "image/png", ".bin": "application/octet-stream",
		}[ending]
		if !ok {
			return fmt.Errorf("the mock knows no media type for %s", file.Name())
		}
		server.Put(id, strings.TrimSuffix(file.Name(), ending), contentType, "", value)
	}
	return nil
}
