package parquet

import "encoding/binary"

// thrift writes Thrift's compact protocol, as far as Parquet needs it: structs
// whose fields come in the order of their numbers.
type thrift struct {
	out  []byte
	last []int // number of the last field of each struct that is open
}

const (
	thriftTrue   = 1
	thriftFalse  = 2
	thriftI32    = 5 // and i64: both are zigzag varints
	thriftI64    = 6
	thriftBinary = 8
	thriftList   = 9
	thriftStruct = 12
)

func (t *thrift) begin() { t.last = append(t.last, 0) }

func (t *thrift) end() {
	t.out = append(t.out, 0)
	t.last = t.last[:len(t.last)-1]
}

func (t *thrift) field(number, kind int) {
	last := &t.last[len(t.last)-1]
	t.out = append(t.out, byte((number-*last)<<4|kind)) // Parquet's numbers are close to each other
	*last = number
}

func (t *thrift) i32(number, value int) {
	t.field(number, thriftI32)
	t.out = binary.AppendVarint(t.out, int64(value))
}

func (t *thrift) i64(number int, value int64) {
	t.field(number, thriftI64)
	t.out = binary.AppendVarint(t.out, value)
}

func (t *thrift) i16(number, value int) {
	const kind = 4
	t.field(number, kind)
	t.out = binary.AppendVarint(t.out, int64(value))
}

func (t *thrift) bool(number int, value bool) {
	if value {
		t.field(number, thriftTrue)
	} else {
		t.field(number, thriftFalse)
	}
}

func (t *thrift) text(number int, value string) {
	t.field(number, thriftBinary)
	t.element(value)
}

// element is a string in a list.
func (t *thrift) element(value string) {
	t.out = append(binary.AppendUvarint(t.out, uint64(len(value))), value...)
}

func (t *thrift) structure(number int) {
	t.field(number, thriftStruct)
	t.begin()
}

// empty is a struct without fields: the choice of a union.
func (t *thrift) empty(number int) {
	t.structure(number)
	t.end()
}

func (t *thrift) list(number, kind, length int) {
	const short = 15
	t.field(number, thriftList)
	if length < short {
		t.out = append(t.out, byte(length<<4|kind))
		return
	}
	t.out = binary.AppendUvarint(append(t.out, byte(short<<4|kind)), uint64(length))
}
