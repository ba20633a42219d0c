package local

import (
	"errors"
	"io/fs"
	"os"
	"strings"
)

// find resolves a reference; a storage that is not there is an *apiError 404.
// What the reference says never becomes part of a path: it is compared with
// what the folder listing says.
func (h *Handler) find(s *shelf, ref reference) (*storage, error) {
	var found *storage
	var err error
	if ref.id != "" {
		found, err = h.findByID(s, ref)
	} else {
		found, err = h.findByName(s, ref)
	}
	if err == nil && found == nil && ref.id != "" {
		found, err = s.findByName(ref.id)
	}
	if err == nil && found == nil {
		err = notFound(ref.kind)
	}
	return found, err
}

func (h *Handler) findByID(s *shelf, ref reference) (*storage, error) {
	if folder, ok := h.known.get(ref); ok {
		if found, err := s.load(folder); err == nil && found.answersTo(ref.id) {
			return found, nil
		}
	}
	if !validID(ref.id) && !isUUID(ref.id) {
		return nil, nil
	}
	for found, err := range s.all() {
		if err != nil {
			return nil, err
		}
		if found.answersTo(ref.id) {
			h.known.put(ref, found.folder)
			return found, nil
		}
	}
	return nil, nil
}

// findByName is shelf.findByName for a folder that was found before and still
// has that very name: no other comes before it.
func (h *Handler) findByName(s *shelf, ref reference) (*storage, error) {
	if folder, ok := h.known.get(ref); ok {
		if found, err := s.load(folder); err == nil && found.name == ref.name {
			return found, nil
		}
	}
	found, err := s.findByName(ref.name)
	if found != nil && found.name == ref.name {
		h.known.put(ref, found.folder)
	}
	return found, err
}

func (s *storage) answersTo(id string) bool {
	return s.id == id || isUUID(id) && strings.EqualFold(id, s.metadataID) || isUUID(id) && strings.EqualFold(id, s.folder)
}

// findByName returns nil where there is none. Names are compared without case;
// the exact spelling comes first. Unnamed storages are found by their folder:
// crawlee-python's default ones are unnamed, and have no other handle.
func (s *shelf) findByName(name string) (*storage, error) {
	names, err := s.names()
	if err != nil {
		return nil, err
	}
	var unnamed *storage
	for _, same := range []func(string) bool{
		func(folder string) bool { return folder == name },
		func(folder string) bool { return folder != name && strings.EqualFold(folder, name) },
	} {
		for _, folder := range names {
			if !same(folder) {
				continue
			}
			found, err := s.load(folder)
			switch {
			case errors.Is(err, fs.ErrNotExist): // deleted just now
			case err != nil:
				return nil, err
			case found.name != "":
				return found, nil
			case unnamed == nil:
				unnamed = found
			}
		}
	}
	return unnamed, nil
}

// all yields every storage of the kind, by folder name.
func (s *shelf) all() func(yield func(*storage, error) bool) {
	return func(yield func(*storage, error) bool) {
		names, err := s.names()
		if err != nil {
			yield(nil, err)
			return
		}
		for _, folder := range names {
			found, err := s.load(folder)
			if errors.Is(err, fs.ErrNotExist) {
				continue // deleted just now
			}
			if !yield(found, err) || err != nil {
				return
			}
		}
	}
}

// read runs do on the shelf of a kind, without changing anything. Where there
// is no storage directory the shelf is empty.
func (h *Handler) read(k kind, do func(*shelf) error) (err error) {
	root, err := h.root()
	if errors.Is(err, fs.ErrNotExist) {
		return do(&shelf{kind: k, log: h.log})
	}
	if err != nil {
		return err
	}
	defer closing(root, &err)
	s, err := h.openShelf(root, k)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	return do(s)
}

func closing(root *os.Root, err *error) { *err = errors.Join(*err, root.Close()) }
