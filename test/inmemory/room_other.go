//go:build !linux

package inmemory

func roomy(string) bool { return false }
