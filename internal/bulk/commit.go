package bulk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"golang.org/x/sync/errgroup"
)

// The files that say that a job is done, beside its plan.
const (
	ManifestName = "manifest.json"
	SuccessName  = "_SUCCESS"
)

// atOnce is how many receipts are looked at at the same time: it hides latency.
const atOnce = 32

// State is what has come of units.
type State struct {
	Done    []Receipt // in the order of the units
	Missing []Missing // likewise
}

// Missing is a unit that is not done.
type Missing struct {
	Unit
	Why string
}

// Look looks at the receipts of a shard, or with -1 of all.
func (j *Job) Look(ctx context.Context, shard int) (State, error) {
	names, err := j.listed(ctx, shard)
	if err != nil {
		return State{}, err
	}
	units := j.Units
	if shard >= 0 {
		units = j.OfShard(shard)
	}
	receipts, reasons := make([]*Receipt, len(units)), make([]string, len(units))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for i, u := range units {
		if !names[path.Clean(j.receiptName(u))] {
			reasons[i] = "it has no receipt"
			continue
		}
		group.Go(func() error {
			r, err := j.Receipt(ctx, u)
			switch {
			case err == nil:
				receipts[i] = &r
			case NotDone(err):
				reasons[i] = err.Error()
			default:
				return err
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return State{}, err
	}
	var state State
	for i, u := range units {
		if receipts[i] != nil {
			state.Done = append(state.Done, *receipts[i])
		} else {
			state.Missing = append(state.Missing, Missing{u, reasons[i]})
		}
	}
	return state, nil
}

// ErrOtherJob means that what is beside the plan says that another job is done.
var ErrOtherJob = errors.New("another job")

// Committed tells that the job is done already.
func (j *Job) Committed(ctx context.Context) (bool, error) {
	file, err := j.files.OpenFile(ctx, j.folder+SuccessName)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	text, err := io.ReadAll(io.LimitReader(file, hashLength+1))
	if err := errors.Join(err, file.Close()); err != nil {
		return false, err
	}
	if strings.TrimSpace(string(text)) != j.Job {
		return false, fmt.Errorf("%s is of %w", j.folder+SuccessName, ErrOtherJob)
	}
	return true, nil
}

// Commit writes the manifest and behind it _SUCCESS, for receipts of all units. It
// can be done any number of times: the same receipts give the same bytes.
func (j *Job) Commit(ctx context.Context, receipts []Receipt) error {
	if err := j.files.WriteFile(ctx, j.folder+ManifestName, j.manifest(receipts)); err != nil {
		return err
	}
	return j.files.WriteFile(ctx, j.folder+SuccessName, []byte(j.Job+"\n"))
}

// Folder is where the job's own files are; "" is the current one.
func (j *Job) Folder() string { return j.folder }

// ManifestFile is a line of the manifest.
type ManifestFile struct {
	Path    string `json:"path"`
	Dataset string `json:"dataset"`
	Name    string `json:"name,omitempty"`
	Offset  int64  `json:"offset"`
	Limit   int64  `json:"limit"`
	Items   int64  `json:"items"`
	Bytes   int64  `json:"bytes"`
	SHA256  string `json:"sha256"`
}

// manifest lists the files, one a line, of what is one JSON object.
func (j *Job) manifest(receipts []Receipt) []byte {
	var head struct {
		Version int    `json:"apifyctlManifest"`
		Job     string `json:"job"`
		Files   int    `json:"count"`
		Items   int64  `json:"items"`
		Bytes   int64  `json:"bytes"`
	}
	head.Version, head.Job, head.Files = version, j.Job, len(receipts)
	var lines []string
	for _, r := range receipts {
		u := j.Units[r.Unit]
		head.Items += r.Items
		head.Bytes += r.Bytes
		lines = append(lines, encoded(ManifestFile{r.Path, u.Dataset, u.Name, u.Offset, u.Limit, r.Items, r.Bytes, r.SHA256}))
	}
	text := strings.TrimSuffix(encoded(head), "}") + `,"files":[` + "\n" + strings.Join(lines, ",\n") + "\n]}\n"
	return []byte(text)
}

// encoded is a value as JSON, which none of ours is refused.
func encoded(value any) string {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(value)
	return strings.TrimSuffix(out.String(), "\n")
}
