package local

import (
	"encoding/binary"
	"errors"
	"io"
	"os"
)

// packView is the part of a pack that a reader is at. Its memory is used again.
type packView struct {
	first, end int64 // the numbers that it is about, end not included
	entries    []byte
	texts      []byte
	begin      int64 // of texts in the pack
	missed     int   // small items that were read from their files
}

// aim has the view be about the numbers' first ones, as many as one pack is
// about. Numbers rise or fall. A pack that is not there, or broken, is the same
// as one without texts.
func (v *packView) aim(packs *os.Root, numbers []int64) {
	pack := numbers[0] / packedItems
	last := numbers[0]
	for _, n := range numbers[1:] {
		if n/packedItems != pack {
			break
		}
		last = n
	}
	v.first, v.end = min(numbers[0], last), max(numbers[0], last)+1
	v.missed = 0
	v.entries, v.texts = v.entries[:0], v.texts[:0]
	if packs == nil {
		return
	}
	file, err := packs.Open(packFile(pack))
	if err != nil {
		return
	}
	err = v.read(file)
	if errors.Join(err, file.Close()) != nil {
		v.entries, v.texts = v.entries[:0], v.texts[:0]
	}
}

func (v *packView) read(file *os.File) error {
	v.entries = sized(v.entries, (v.end-v.first)*entryBytes)
	if _, err := file.ReadAt(v.entries, v.first%packedItems*entryBytes); err != nil {
		return err
	}
	v.begin = textsBegin
	end := v.begin
	for at := 0; at < len(v.entries); at += entryBytes {
		begin := int64(binary.LittleEndian.Uint32(v.entries[at+32:]))
		if begin < textsBegin {
			continue
		}
		if end == textsBegin {
			v.begin = begin
		}
		end = max(end, begin+int64(binary.LittleEndian.Uint16(v.entries[at+36:])))
	}
	if end-v.begin > packedItems*maxPackedText {
		return errors.New("entries that cannot be")
	}
	v.texts = sized(v.texts, max(0, end-v.begin))
	n, err := file.ReadAt(v.texts, v.begin)
	v.texts = v.texts[:n]
	if errors.Is(err, io.EOF) { // torn: what is there has its sums
		return nil
	}
	return err
}

// sized is a slice of that length, of the same memory if it is enough.
func sized(memory []byte, length int64) []byte {
	if int64(cap(memory)) < length {
		return make([]byte, length)
	}
	return memory[:length]
}

// holds tells whether the view is about a number.
func (v *packView) holds(number int64) bool { return number >= v.first && number < v.end }

// text is an item as the pack has it, if its file is the one that was packed,
// and has not been changed since. known: it should not be packed anew.
func (v *packView) text(files *itemFiles, number int64, name string) (text []byte, known bool) {
	at := (number - v.first) * entryBytes
	if at >= int64(len(v.entries)) {
		return nil, false
	}
	entry := v.entries[at : at+entryBytes]
	begin := int64(binary.LittleEndian.Uint32(entry[32:]))
	if begin == leftText {
		return nil, true
	}
	from := begin - v.begin
	to := from + int64(binary.LittleEndian.Uint16(entry[36:]))
	if begin < textsBegin || from < 0 || to > int64(len(v.texts)) {
		return nil, false
	}
	// The text is here already. Who changes the file from now on does so behind
	// this read.
	stamp, ok := files.stamp(name)
	if !ok || stamp != readStamp(entry) {
		return nil, false
	}
	text = v.texts[from:to]
	if packSum(number, entry, text) != binary.LittleEndian.Uint32(entry[entrySum:]) {
		return nil, false
	}
	return text, true
}
