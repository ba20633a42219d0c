package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
)

// limit writes, syncs and renames files, and syncs the folder, as often as the
// disk lets the clients. Those who wait for the folder share one sync of it.
func (l *load) limit() (err error) {
	dir, err := os.MkdirTemp(l.dir, "limit")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	staging, folder := filepath.Join(dir, "staging"), filepath.Join(dir, "folder")
	if err := errors.Join(os.Mkdir(staging, 0o777), os.Mkdir(folder, 0o777)); err != nil {
		return err
	}
	body := bytes.Repeat([]byte("x"), l.size)
	shared := sharedSync{folder: folder}
	return l.rate(func(who int) (func(int) error, error) {
		return func(turn int) error {
			name := strconv.Itoa(who) + "-" + strconv.Itoa(turn)
			if err := writeSynced(filepath.Join(staging, name), body); err != nil {
				return err
			}
			if err := os.Rename(filepath.Join(staging, name), filepath.Join(folder, name)); err != nil {
				return err
			}
			return shared.sync()
		}, nil
	})
}

func writeSynced(name string, body []byte) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	_, err = file.Write(body)
	return errors.Join(err, file.Sync(), file.Close())
}

// sharedSync syncs a folder for all who have come before it begins.
type sharedSync struct {
	folder  string
	mutex   sync.Mutex
	next    *round
	running sync.Mutex
}

type round struct {
	done chan struct{}
	err  error
}

func (s *sharedSync) sync() error {
	s.mutex.Lock()
	mine, first := s.next, s.next == nil
	if first {
		mine = &round{done: make(chan struct{})}
		s.next = mine
	}
	s.mutex.Unlock()
	if first {
		s.running.Lock()
		s.mutex.Lock()
		s.next = nil
		s.mutex.Unlock()
		folder, err := os.Open(s.folder)
		if err == nil {
			err = errors.Join(folder.Sync(), folder.Close())
		}
		mine.err = err
		s.running.Unlock()
		close(mine.done)
	}
	<-mine.done
	return mine.err
}

// fill writes item files of about the size, 000000001.json and so on. With links
// of more than one, so many names in a row share a file, which takes next to no
// room on the disk.
func (l *load) fill() error {
	if err := os.MkdirAll(l.dir, 0o777); err != nil {
		return err
	}
	var group sync.WaitGroup
	failures := make(chan error, l.clients)
	for who := range l.clients {
		group.Go(func() {
			for first := 1 + who*l.links; first <= l.items; first += l.clients * l.links {
				if err := l.fillFrom(first); err != nil {
					failures <- err
					return
				}
			}
			failures <- nil
		})
	}
	group.Wait()
	var err error
	for range l.clients {
		err = errors.Join(err, <-failures)
	}
	return err
}

func (l *load) fillFrom(first int) error {
	name := func(n int) string { return filepath.Join(l.dir, fmt.Sprintf("%09d.json", n)) }
	if err := os.WriteFile(name(first), item(first, l.size), 0o666); err != nil {
		return err
	}
	for n := first + 1; n < first+l.links && n <= l.items; n++ {
		if err := os.Link(name(first), name(n)); err != nil {
			return err
		}
	}
	return nil
}

// item looks like a product, with tabs and lines as the SDK writes them. Its
// size is what it has without those.
func item(n, size int) []byte {
	var text bytes.Buffer
	fmt.Fprintf(&text, "{\n\t\"id\": %d,\n\t\"url\": \"https://shop.example/products/%d\",\n\t\"price\": {\n\t\t\"amount\": %d.%02d,\n\t\t\"currency\": \"EUR\"\n\t},\n\t\"inStock\": %t", n, n, n%900, n%100, n%3 > 0)
	for i := 0; text.Len() < size-120; i++ {
		fmt.Fprintf(&text, ",\n\t\"field%d\": \"value %d of product %d, %s\"", i, i, n, strings.Repeat("text ", (size/1000+1)*(3+i%5)))
	}
	text.WriteString("\n}")
	return text.Bytes()
}
