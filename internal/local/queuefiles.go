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
	own := journal{root: s.root, name: journalFile(requestQueues, from)}
	if err := own.settle(files, func(place journalPlace) string { return s.kind.folder() + "/" + from + "/" + place.name }); err != nil {
		return err
	}
	if err := ignoreMissing(s.root.Rename(privateFolder+"/"+clientsFile(from), privateFolder+"/"+clientsFile(to))); err != nil {
		return err
	}
	return s.forgetQueue(from)
}

// forgetQueue removes what was kept about a queue that is no longer there.
func (s *shelf) forgetQueue(folder string) error {
	if s.kind != requestQueues {
		return nil
	}
	for _, name := range []string{journalFile(requestQueues, folder), savedFile(folder), changesFile(folder), privateFolder + "/" + clientsFile(folder)} {
		if err := ignoreMissing(s.root.Remove(name)); err != nil {
			return err
		}
	}
	return nil
}
