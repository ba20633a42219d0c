package bulk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"path"
	"path/filepath"
	"strings"
)

// Files is where a plan and all that belongs to it is kept: files, or objects of a
// store. Names are paths or addresses, as --output takes them.
type Files interface {
	// OpenFile reads one; a missing one is fs.ErrNotExist.
	OpenFile(ctx context.Context, name string) (io.ReadCloser, error)
	// WriteFile writes one, whole or not at all, in the place of what is there. The
	// folders on the way need not exist.
	WriteFile(ctx context.Context, name string, text []byte) error
	// ListFiles yields the names below a folder, relative to it, with slashes. A
	// folder that is not there holds nothing.
	ListFiles(ctx context.Context, folder string) iter.Seq2[string, error]
	// FileSize is fs.ErrNotExist where there is none.
	FileSize(ctx context.Context, name string) (int64, error)
}

// Job is a plan and what has come of it.
type Job struct {
	*Plan
	files  Files
	folder string // that the plan is in, with a slash at its end; "" is the current one
}

// Open reads the plan at a path.
func Open(ctx context.Context, files Files, at string) (_ *Job, err error) {
	file, err := files.OpenFile(ctx, at)
	if err != nil {
		return nil, err
	}
	plan, err := Read(file)
	if err := errors.Join(err, file.Close()); err != nil {
		return nil, fmt.Errorf("%s: %w", at, err)
	}
	return NewJob(files, at, plan), nil
}

// NewJob is the job of a plan that is at a path.
func NewJob(files Files, at string, plan *Plan) *Job {
	folder := at[:strings.LastIndexAny(at, `/:`+string(filepath.Separator))+1]
	return &Job{Plan: plan, files: files, folder: folder}
}

// receipts is the folder of those of the job, or of one shard of it.
func (j *Job) receipts(shard int) string {
	folder := j.folder + "receipts/" + j.Job + "/"
	if shard >= 0 {
		folder += fmt.Sprintf("%05d/", shard)
	}
	return folder
}

func (j *Job) receiptName(u Unit) string {
	return j.receipts(u.Shard) + fmt.Sprintf("%07d.json", u.Unit)
}

// Receipt says that a unit is done.
type Receipt struct {
	Version int    `json:"apifyctlReceipt"`
	Job     string `json:"job"`
	Unit    int    `json:"unit"`
	Path    string `json:"path"`  // of its file or object
	Items   int64  `json:"items"` // that were written
	Bytes   int64  `json:"bytes"`
	SHA256  string `json:"sha256"` // of those bytes
}

// Give leaves a receipt.
func (j *Job) Give(ctx context.Context, r Receipt) error {
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return j.files.WriteFile(ctx, j.receiptName(j.Units[r.Unit]), append(text, '\n'))
}

// errUnfit is in the errors of receipts that say nothing of the plan.
var errUnfit = errors.New("its receipt does not fit the plan")

// Receipt is a unit's, if there is one that fits the plan and what it tells of is
// there; else the error says what is missing, and is fs.ErrNotExist or errUnfit.
// Any other error is one of looking.
func (j *Job) Receipt(ctx context.Context, u Unit) (r Receipt, err error) {
	file, err := j.files.OpenFile(ctx, j.receiptName(u))
	if err != nil {
		return r, missing(err, "it has no receipt")
	}
	text, err := io.ReadAll(io.LimitReader(file, longestReceipt))
	if err := errors.Join(err, file.Close()); err != nil {
		return r, err
	}
	if err := strictly(text, &r); err != nil || !j.fits(u, r) {
		return r, errUnfit
	}
	size, err := j.files.FileSize(ctx, r.Path)
	if err != nil {
		return r, missing(err, r.Path+" is not there")
	}
	if size != r.Bytes {
		return r, fmt.Errorf("%w: %s has %d bytes, not %d", errUnfit, r.Path, size, r.Bytes)
	}
	return r, nil
}

const longestReceipt = 64 << 10

// absentError is a unit that is not done.
type absentError struct{ problem string }

func (e *absentError) Error() string { return e.problem }
func (*absentError) Unwrap() error   { return fs.ErrNotExist }

func missing(err error, problem string) error {
	if errors.Is(err, fs.ErrNotExist) {
		return &absentError{problem}
	}
	return err
}

func (j *Job) fits(u Unit, r Receipt) bool {
	return r.Version == version && r.Job == j.Job && r.Unit == u.Unit && r.Path != "" && r.Items >= 0 && r.Bytes >= 0 &&
		(!j.Options.counts() || r.Items == u.Limit)
}

// NotDone tells that an error of Receipt is no failure: the unit is still to do.
func NotDone(err error) bool { return errors.Is(err, fs.ErrNotExist) || errors.Is(err, errUnfit) }

// listed are the names of receipts, of a shard or, with -1, of all,
// by what one listing tells. Receipt looks into one.
func (j *Job) listed(ctx context.Context, shard int) (map[string]bool, error) {
	found := map[string]bool{}
	folder := j.receipts(shard)
	for name, err := range j.files.ListFiles(ctx, folder) {
		if err != nil {
			return nil, err
		}
		found[path.Clean(folder+name)] = true
	}
	return found, nil
}
