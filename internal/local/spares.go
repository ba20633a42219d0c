package local

import "sync"

// spares are temporary files whose content nobody needs any more. The next ones
// are written into them: making a file and removing another costs many times as
// much, most of all on a file system that has many removals behind it.
type spares struct {
	mutex sync.Mutex
	names []string
}

// maxSpares is what two groups of locks need.
const maxSpares = 512

// take returns a name; false where there is none.
func (s *spares) take() (string, bool) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	last := len(s.names) - 1
	if last < 0 {
		return "", false
	}
	name := s.names[last]
	s.names = s.names[:last]
	return name, true
}

// keep returns those that are too many.
func (s *spares) keep(names []string) []string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	room := min(maxSpares-len(s.names), len(names))
	s.names = append(s.names, names[:room]...)
	return names[room:]
}

// all takes everything.
func (s *spares) all() []string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	names := s.names
	s.names = nil
	return names
}
