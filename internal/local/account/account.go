// Package account is whose a storage directory is, and which runs its storages
// belong to.
package account

import (
	"os"

	"github.com/apifyctl/apifyctl/internal/local/directory"
)

// Handler answers requests about the user who owns a directory, and about runs.
type Handler struct {
	*directory.Directory
	user User
}

// New makes the account of a directory; the zero User is DefaultUser.
func New(d *directory.Directory, user User) *Handler {
	if user == (User{}) {
		user = DefaultUser()
	}
	return &Handler{Directory: d, user: user}
}

// Describer adds the owner, and the run whose default storage one is.
func (a *Handler) Describer(root *os.Root) (func(*directory.Storage, *directory.Object), error) {
	var runs runList
	if root != nil {
		var err error
		if runs, err = readRuns(root); err != nil {
			return nil, err
		}
	}
	return func(found *directory.Storage, object *directory.Object) {
		object.UserID, object.Username = a.user.ID, a.user.Name
		if run := runs.of(found); run != nil {
			object.ActID, object.ActRunID = &run.ActorID, &run.ID
		}
	}, nil
}
