package sink

// Writing says how what goes to a path is written. It matters to objects of stores.
type Writing struct {
	NoClobber bool // what is there by the end stays, and the command fails
	Resume    bool // go on with an upload that was left behind, and leave one behind when it fails
	Sure      bool // it was written to that store before
	MediaType string
	Watch     func(Sink) Sink // sees the bytes as they are stored; nil: nobody does
}
