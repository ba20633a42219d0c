package transfer

import (
	"errors"

	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/input"
)

// ReadFailed says what helps against an error of reading a file.
func ReadFailed(err error) error {
	if _, ok := errors.AsType[*input.EncodingError](err); ok {
		return failure.WithHint(err, "say the encoding with --encoding, such as windows-1252")
	}
	return err
}
