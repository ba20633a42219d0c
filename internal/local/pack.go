package local

import (
	"encoding/binary"
	"hash/crc32"
	"strconv"
	"strings"
)

// A pack holds the texts of small items one behind the other, so that many are
// read at once. There is one for each stretch of packedItems numbers, a file
// .apifyctl/datasets/<folder>.pack/<number>. The item files stay what counts:
// an entry says which file its text was read from and when that was changed
// last, and is of use only as long as both are so (packview.go). So a pack
// never has to be brought up to date, and may be removed at any time.
//
// An entry for each number comes first, then the texts in the order of the
// numbers. All integers are little-endian:
//
//	 0  8  the file's number (inode)
//	 8  8  its size
//	16  8  its modification time, in nanoseconds since 1970
//	24  8  its change time, likewise
//	32  4  where the text begins in the pack; noText, leftText
//	36  2  the text's length
//	38  2  0
//	40  4  CRC-32C of packLayout, the item's number, the entry up to here and the text
//	44  4  0
//
// Packs are not synced. What a power cut leaves of one does not have its sums.
const (
	packedItems = 1024
	entryBytes  = 48
	entrySum    = 40
	textsBegin  = packedItems * entryBytes
	packLayout  = "items 1\n"
)

const (
	// maxPackedText is the longest text that is packed. Of larger items, opening
	// and reading the file is not what takes the time; and on common file
	// systems a file of up to that size takes as much room as that, so that
	// packs never double what a dataset takes.
	maxPackedText = 4 << 10
	// maxPackedFile is how large the file of such a text may be: it has tabs and
	// lines, too.
	maxPackedFile = 4 * maxPackedText
)

// What an entry has in place of a text's beginning.
const (
	noText   = 0 // nothing is known of the item
	leftText = 1 // it is to be read from its file: it is large, or a link, or no JSON
)

func packFolder(folder string) string {
	return strings.TrimSuffix(stateFile(datasets, folder), itemSuffix) + packSuffix
}

const packSuffix = ".pack"

func packFile(pack int64) string { return strconv.FormatInt(pack, 10) }

// fileStamp tells a file from any other that has, or had, its name. Whoever
// writes to a file changes both its times; the change time can be set by nobody.
type fileStamp struct {
	number, size      uint64
	modified, changed int64 // nanoseconds since 1970
}

func (s fileStamp) appendTo(entry []byte) []byte {
	entry = binary.LittleEndian.AppendUint64(entry, s.number)
	entry = binary.LittleEndian.AppendUint64(entry, s.size)
	entry = binary.LittleEndian.AppendUint64(entry, uint64(s.modified))
	return binary.LittleEndian.AppendUint64(entry, uint64(s.changed))
}

func readStamp(entry []byte) fileStamp {
	return fileStamp{
		binary.LittleEndian.Uint64(entry), binary.LittleEndian.Uint64(entry[8:]),
		int64(binary.LittleEndian.Uint64(entry[16:])), int64(binary.LittleEndian.Uint64(entry[24:])),
	}
}

// packSum is the checksum of an entry that is complete but for it.
func packSum(number int64, entry, text []byte) uint32 {
	table := crc32.MakeTable(crc32.Castagnoli)
	var start [len(packLayout) + 8]byte
	binary.LittleEndian.PutUint64(start[copy(start[:], packLayout):], uint64(number))
	sum := crc32.Checksum(start[:], table)
	sum = crc32.Update(sum, table, entry[:entrySum])
	return crc32.Update(sum, table, text)
}

// packBuilder puts a pack together. Its memory is used again.
type packBuilder struct {
	text   []byte // the pack
	packed int    // how many items are in it
}

func (b *packBuilder) reset() {
	if b.text == nil {
		b.text = make([]byte, textsBegin, textsBegin+packedItems<<10)
	}
	b.text, b.packed = b.text[:textsBegin], 0
	clear(b.text)
}

func (b *packBuilder) entry(number int64) []byte {
	at := number % packedItems * entryBytes
	return b.text[at : at+entryBytes : at+entryBytes]
}

// add packs an item. Items come in the order of their numbers.
func (b *packBuilder) add(number int64, stamp fileStamp, text []byte) {
	at := len(b.text)
	b.text = append(b.text, text...)
	entry := b.entry(number)
	stamp.appendTo(entry[:0])
	binary.LittleEndian.PutUint32(entry[32:], uint32(at))
	binary.LittleEndian.PutUint16(entry[36:], uint16(len(text)))
	binary.LittleEndian.PutUint32(entry[entrySum:], packSum(number, entry, text))
	b.packed++
}

// leave notes that an item is to be read from its file.
func (b *packBuilder) leave(number int64) {
	binary.LittleEndian.PutUint32(b.entry(number)[32:], leftText)
}
