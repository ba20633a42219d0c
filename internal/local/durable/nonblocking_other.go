//go:build !unix

package durable

const nonblocking = 0
