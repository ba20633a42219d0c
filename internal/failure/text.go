package failure

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// Text is an error as people read it: what Go's libraries say of files, numbers
// and JSON is put in other words.
func Text(err error) string {
	text := strings.ReplaceAll(err.Error(), context.Canceled.Error(), "interrupted")
	put := func(old error, words string) { text = strings.ReplaceAll(text, old.Error(), words) }
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		put(e, e.Path+": "+fileProblem(e.Err))
	}
	if e, ok := errors.AsType[*os.LinkError](err); ok {
		put(e, e.New+": "+fileProblem(e.Err))
	}
	if e, ok := errors.AsType[*os.SyscallError](err); ok {
		put(e, fileProblem(e.Err))
	}
	if e, ok := errors.AsType[syscall.Errno](err); ok {
		put(e, fileProblem(e))
	}
	if e, ok := errors.AsType[*strconv.NumError](err); ok {
		put(e, numberProblem(e))
	}
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		put(e, "it is not valid JSON at byte "+strconv.FormatInt(e.Offset, 10))
	}
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		put(e, "it is JSON, but "+strings.TrimPrefix(e.Value+" stands where something else belongs", " "))
	}
	return text
}

// fileProblem says what is wrong with a file, where the system's own words are
// those of C.
func fileProblem(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "there is no such file or folder"
	case errors.Is(err, fs.ErrExist):
		return "there is one of that name already"
	case errors.Is(err, fs.ErrPermission):
		return "permission denied"
	}
	return err.Error()
}

func numberProblem(e *strconv.NumError) string {
	if errors.Is(e, strconv.ErrRange) {
		return strconv.Quote(e.Num) + " is too large a number"
	}
	if e.Func == "ParseBool" {
		return strconv.Quote(e.Num) + " is neither true nor false"
	}
	return strconv.Quote(e.Num) + " is not a number"
}
