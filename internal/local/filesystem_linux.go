package local

import "golang.org/x/sys/unix"

// tellsChanges tells whether the folder is on a file system that says of each
// file when it was changed last, at once. Over a network that may be said late,
// and there are file systems that do not keep the time.
func (f *itemFiles) tellsChanges() bool {
	const zfs, bcachefs = 0x2fc12fc1, 0xca451a4e
	var info unix.Statfs_t
	if err := unix.Fstatfs(f.fd, &info); err != nil {
		return false
	}
	switch uint32(info.Type) {
	case unix.EXT4_SUPER_MAGIC, unix.XFS_SUPER_MAGIC, unix.BTRFS_SUPER_MAGIC, unix.F2FS_SUPER_MAGIC,
		unix.TMPFS_MAGIC, unix.OVERLAYFS_SUPER_MAGIC, zfs, bcachefs:
		return true
	}
	return false
}
