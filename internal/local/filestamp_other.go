//go:build !linux && !darwin

package local

// tellsChanges is false: the time at which a file was changed is not to be had.
func (*itemFiles) tellsChanges() bool { return false }

func (*itemFiles) stamp(string) (fileStamp, bool) { return fileStamp{}, false }

func (*itemFiles) readStamped([]byte, string) (text []byte, stamp fileStamp, found bool) {
	return nil, fileStamp{}, false
}
