package export

import (
	"crypto/rand"
	"strings"
)

// randomName is part of a temporary file's name that nobody can guess.
func randomName() string { return strings.ToLower(rand.Text()) }
