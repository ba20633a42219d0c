//go:build !linux && !darwin

package local

// canPack is false: the time at which a file was changed is not to be had.
const canPack = false

func (*itemFiles) stamp(string) (fileStamp, bool) { return fileStamp{}, false }

func (*itemFiles) readStamped([]byte, string) (text []byte, stamp fileStamp, found bool) {
	return nil, fileStamp{}, false
}
