package object

// unit is the size of the first parts, 16 MB: 61 times the 256 KiB that Google's
// parts are multiples of.
const unit = 61 * 256 << 10

// Parts of a unit come first, 16 GB of them. Those behind grow, so that MaxParts
// of them, which is what S3 takes, hold 5 TiB.
const (
	MaxParts  = 10_000
	evenParts = 1000
	growth    = 120 // parts that have the same size
)

// Sizes says how large the parts are, by their numbers, which begin at 1. The same
// part always has the same size: that is what going on with an upload rests on.
type Sizes func(number int) int64

// UsualSizes are those of all stores.
func UsualSizes(number int) int64 {
	return unit * int64(1+max(0, number-evenParts+growth-1)/growth)
}
