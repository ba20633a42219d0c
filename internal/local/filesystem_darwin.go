package local

import "golang.org/x/sys/unix"

// tellsChanges tells whether the folder is on a file system that says of each
// file when it was changed last, at once.
func (f *itemFiles) tellsChanges() bool {
	var info unix.Statfs_t
	if err := unix.Fstatfs(f.fd, &info); err != nil {
		return false
	}
	return unix.ByteSliceToString(info.Fstypename[:]) == "apfs"
}
