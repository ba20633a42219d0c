module github.com/apifyctl/apifyctl/bench

go 1.26.0

require (
	github.com/klauspost/compress v1.20.3
	golang.org/x/time v0.16.0
)
