package directory

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"

	"github.com/apifyctl/apifyctl/internal/local/wire"
)

// Find resolves a reference; a storage that is not there is an *apiError 404.
// What the reference says never becomes part of a path: it is compared with
// what the folder listing says.
func (d *Directory) Find(s *Collection, ref Ref) (*Storage, error) {
	var found *Storage
	var err error
	if ref.ID != "" {
		found, err = d.findByID(s, ref)
	} else {
		found, err = d.findByName(s, ref)
	}
	if full := strings.TrimPrefix(ref.Full, "~"); err == nil && found == nil && full != ref.Name {
		found, err = s.findByName(full)
	}
	if err == nil && found == nil {
		err = notFound(ref.Kind)
	}
	return found, err
}

func (d *Directory) findByID(s *Collection, ref Ref) (*Storage, error) {
	if folder, ok := d.known.Get(ref); ok {
		if found, err := s.load(folder); err == nil && found.AnswersTo(ref.ID) {
			return found, nil
		}
	}
	if !ValidID(ref.ID) && !isUUID(ref.ID) {
		return nil, nil
	}
	for found, err := range s.all() {
		if err != nil {
			return nil, err
		}
		if found.AnswersTo(ref.ID) {
			d.known.Put(ref, found.Folder)
			return found, nil
		}
	}
	return nil, nil
}

// findByName is shelf.findByName for a folder that was found before and still
// has that very name: no other comes before it.
func (d *Directory) findByName(s *Collection, ref Ref) (*Storage, error) {
	if folder, ok := d.known.Get(ref); ok {
		if found, err := s.load(folder); err == nil && found.Name == ref.Name {
			return found, nil
		}
	}
	found, err := s.findByName(ref.Name)
	if found != nil && found.Name == ref.Name {
		d.known.Put(ref, found.Folder)
	}
	return found, err
}

// AnswersTo tells whether a storage has an ID: ours, or the UUID of an SDK.
func (s *Storage) AnswersTo(id string) bool {
	return s.ID == id || isUUID(id) && strings.EqualFold(id, s.metadataID) || isUUID(id) && strings.EqualFold(id, s.Folder)
}

// findByName returns nil where there is none. Names are compared without case;
// the exact spelling comes first. Unnamed storages are found by their folder:
// crawlee-python's default ones are unnamed, and have no other handle.
func (s *Collection) findByName(name string) (*Storage, error) {
	names, err := s.names()
	if err != nil {
		return nil, err
	}
	var unnamed *Storage
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
			case found.Name != "":
				return found, nil
			case unnamed == nil:
				unnamed = found
			}
		}
	}
	return unnamed, nil
}

// all yields every storage of the kind, by folder name.
func (s *Collection) all() func(yield func(*Storage, error) bool) {
	return func(yield func(*Storage, error) bool) {
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

// ReadOne runs do on a storage, without changing anything, and again where it was
// renamed meanwhile: an error of do means that nothing was answered yet.
func (d *Directory) ReadOne(ctx context.Context, ref Ref, do func(*Collection, *Storage) error) error {
	for {
		folder, changing, missed := "", false, false
		err := d.Read(ref.Kind, func(s *Collection) error {
			changing = d.mayBeRenamed(s)
			found, err := d.Find(s, ref)
			if missed = wire.IsNotFound(err); err != nil {
				return err
			}
			folder = found.Folder
			return do(s, found)
		})
		if !changing || !missed && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		switch now, missing := d.findAlone(ctx, ref); {
		case missing != nil:
			return missing
		case now.Folder == folder:
			return err
		}
	}
}

// Read runs do on the shelf of a kind, without changing anything. Where there
// is no storage directory the shelf is empty.
func (d *Directory) Read(k Kind, do func(*Collection) error) (err error) {
	root, err := d.Root()
	if errors.Is(err, fs.ErrNotExist) {
		return do(&Collection{kind: k, Log: d.Log})
	}
	if err != nil {
		return err
	}
	defer Closing(root, &err)
	s, err := d.openShelf(root, k)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	return do(s)
}

// Closing closes a folder at the end of a function that returns err.
func Closing(root *os.Root, err *error) { *err = errors.Join(*err, root.Close()) }
