package bulk

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/sink"
)

// The limits of what is taken for a plan.
const (
	longestLine = 16 << 20
	mostUnits   = 10_000_000
	mostColumns = 10_000
	longestID   = 255 // bytes: in a local directory, the name of a folder
)

// Read reads a plan, which may come from anybody: what it says is checked, and a
// plan that was cut short or changed is refused by its hash.
func Read(r io.Reader) (*Plan, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, longestLine)
	p := &Plan{}
	if !lines.Scan() {
		if err := lines.Err(); err != nil {
			return nil, lineError(1, err)
		}
		return nil, errNoPlan
	}
	if err := p.readHeader(lines.Bytes()); err != nil {
		return nil, lineError(1, err)
	}
	files := map[string]bool{}
	for lines.Scan() {
		number := len(p.Units) + 2
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			return nil, lineError(number, errors.New("it is empty"))
		}
		unit, err := p.readUnit(lines.Bytes())
		if err == nil && files[strings.ToLower(unit.File)] {
			err = fmt.Errorf("%q is the file of two units", unit.File)
		}
		if err != nil {
			return nil, lineError(number, err)
		}
		files[strings.ToLower(unit.File)] = true
		p.Units = append(p.Units, unit)
	}
	if err := lines.Err(); err != nil {
		return nil, lineError(len(p.Units)+2, err)
	}
	return p, p.check()
}

var errNoPlan = errors.New("it is no plan: apifyctl plan makes one")

func lineError(number int, err error) error {
	if errors.Is(err, bufio.ErrTooLong) {
		err = fmt.Errorf("it is longer than %d MB", longestLine>>20)
	}
	return fmt.Errorf("line %d of the plan: %w", number, err)
}

func (p *Plan) readHeader(line []byte) error {
	if err := strictly(line, &p.Header); err != nil {
		return errNoPlan
	}
	switch {
	case p.Version == 0:
		return errNoPlan
	case p.Version != version:
		return fmt.Errorf("its form %d is of another version of apifyctl, this one knows %d", p.Version, version)
	case p.Shards < 1 || p.Shards > MaxShards:
		return fmt.Errorf("%d shards", p.Shards)
	case p.Count < 0 || p.Count > mostUnits:
		return fmt.Errorf("%d units", p.Count)
	case len(p.Columns) > mostColumns:
		return fmt.Errorf("%d columns", len(p.Columns))
	case !isHex(p.Job):
		return errors.New("the job's hash is missing")
	}
	if string(p.Schema) == "null" {
		p.Schema = nil
	}
	return nil
}

func (p *Plan) readUnit(line []byte) (u Unit, err error) {
	if err := strictly(line, &u); err != nil {
		return u, err
	}
	switch {
	case u.Unit != len(p.Units):
		return u, fmt.Errorf("unit %d stands where %d belongs", u.Unit, len(p.Units))
	case u.Unit >= p.Count:
		return u, fmt.Errorf("there are more units than the %d that the first line tells", p.Count)
	case u.Shard < 0 || u.Shard >= p.Shards:
		return u, fmt.Errorf("shard %d of %d", u.Shard, p.Shards)
	case len(u.Dataset) > longestID || strings.ContainsAny(u.Dataset, "/\\") || strings.Trim(u.Dataset, ".") == "":
		return u, errors.New("the ID of the dataset cannot be one")
	case u.Items < 0, u.Offset < 0, u.Limit < 0, u.Bytes < 0, u.Offset > math.MaxInt64-u.Limit, u.Offset+u.Limit > u.Items:
		return u, fmt.Errorf("items %d to %d of %d", u.Offset, u.Limit, u.Items)
	case !sink.IsFileName(u.File):
		return u, fmt.Errorf("%q cannot be the name of a file", u.File)
	}
	return u, nil
}

func (p *Plan) check() error {
	if len(p.Units) != p.Count {
		return fmt.Errorf("the plan was cut short: it has %d of its %d units", len(p.Units), p.Count)
	}
	if p.hash() != p.Job {
		return errors.New("the plan was changed: it does not have the hash that it names")
	}
	return nil
}

// strictly decodes one JSON object with no members but the known ones.
func strictly(text []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something stands behind its JSON object")
	}
	return nil
}

func isHex(text string) bool {
	return len(text) == hashLength && strings.Trim(text, "0123456789abcdef") == ""
}

const hashLength = 32

// Ref is the unit's dataset.
func (u Unit) Ref() api.Ref {
	return api.StorageRef(api.KindDataset, &api.Storage{ID: u.Dataset, Name: u.Name})
}
