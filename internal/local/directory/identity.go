package directory

import (
	"io/fs"

	"github.com/apifyctl/apifyctl/internal/local/durable"
)

// FolderIdentity tells a storage's folder from a later one of the same name.
type FolderIdentity struct {
	ID     string `json:"id"`
	Number uint64 `json:"number"`
}

// IdentityOf is the identity of a storage's folder; info is the folder's.
func IdentityOf(found *Storage, info fs.FileInfo) FolderIdentity {
	return FolderIdentity{found.ID, durable.FileNumber(info)}
}
