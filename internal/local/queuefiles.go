package local

// What is kept beside the storages about a queue goes by the name of its folder.

// leaveQueue readies a queue's folder for another name. What is to be known of
// it there has to be on the disk: nobody looks for the journal under the old name.
func (s *shelf) leaveQueue(from, to string) (err error) {
	if s.kind != requestQueues {
		return nil
	}
	files, err := s.folders.OpenRoot(from)
	if err != nil {
		return err
	}
	defer closing(files, &err)
	own := journal{root: s.root, name: journalFile(s.kind, from)}
	if err := own.settle(files, func(place journalPlace) string { return s.kind.folder() + "/" + from + "/" + place.name }); err != nil {
		return err
	}
	if err := ignoreMissing(s.root.Rename(privateFolder+"/"+clientsFile(from), privateFolder+"/"+clientsFile(to))); err != nil {
		return err
	}
	return s.forgetBeside(from)
}

// forgetBeside removes what was kept about a storage that is no longer there.
func (s *shelf) forgetBeside(folder string) error {
	var names []string
	switch s.kind {
	case datasets:
	case keyValueStores:
		names = []string{journalFile(s.kind, folder)}
	case requestQueues:
		names = []string{journalFile(s.kind, folder), savedFile(folder), changesFile(folder), privateFolder + "/" + clientsFile(folder)}
	}
	for _, name := range names {
		if err := ignoreMissing(s.root.Remove(name)); err != nil {
			return err
		}
	}
	return nil
}

// repaired makes the changes of a storage's journal that the machine's death may
// have undone: they have to be in the folder before it gets another name. The
// lock must be held.
func (h *Handler) repaired(s *shelf, found *storage) error {
	if _, there, err := (journal{root: s.root, name: journalFile(s.kind, found.folder)}).size(); !there || err != nil {
		return err
	}
	switch s.kind {
	case keyValueStores:
		return h.leaveStore(s, found.folder)
	case requestQueues:
		return h.withQueue(s, found, (*openQueue).recover)
	case datasets:
	}
	return nil
}
