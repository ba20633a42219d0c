package inmemory

import "syscall"

// roomy tells whether a folder is in memory and has room for the tests.
func roomy(dir string) bool {
	const tmpfs = 0x01021994
	var has syscall.Statfs_t
	err := syscall.Statfs(dir, &has)
	return err == nil && has.Type == tmpfs && has.Bavail*uint64(has.Bsize) > wanted
}
