// Package process is what tests share that run the program as a process of its own.
package process

import (
	"bytes"
	"os"
	"strconv"
	"sync"
	"testing"
)

// Said is what a process has written so far. Safe for concurrent use.
type Said struct {
	mutex sync.Mutex
	text  bytes.Buffer
}

func (s *Said) Write(p []byte) (int, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.text.Write(p)
}

func (s *Said) String() string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.text.String()
}

// Number is that of a variable of the environment, which says how long or from
// where on a test goes.
func Number(t *testing.T, variable string, otherwise int) int {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		t.Fatalf("%s=%s is no number", variable, text)
	}
	return n
}
