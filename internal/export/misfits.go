package export

import (
	"fmt"
	"slices"
	"sync"

	"github.com/apifyctl/apifyctl/internal/export/flatten"
	"github.com/apifyctl/apifyctl/internal/export/schema"
	"github.com/apifyctl/apifyctl/internal/export/shred"
	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// misfits gathers the fields that a schema does not have. Its methods may be
// called from several goroutines.
type misfits struct {
	mutex   sync.Mutex
	unknown []string
	more    int
}

func newMisfits() *misfits { return &misfits{} }

func (m *misfits) note(unknown []string) {
	const named = 100
	m.mutex.Lock()
	defer m.mutex.Unlock()
	for _, name := range unknown {
		switch {
		case slices.Contains(m.unknown, name):
		case len(m.unknown) < named:
			m.unknown = append(m.unknown, name)
		default:
			m.more++
		}
	}
}

func (m *misfits) warnings() []string {
	if len(m.unknown) == 0 {
		return nil
	}
	slices.Sort(m.unknown)
	return []string{fmt.Sprintf("fields that the schema does not have were left out: %s", flatten.Listed(m.unknown))}
}

// firstMisfit finds the item of a page that does not fit, counted from 0.
func firstMisfit(t *schema.Type, page []byte) (item int, err error) {
	var first error
	err = eachMisfit(t, page, func(i int, misfits []*schema.Misfit) bool {
		item, first = i, misfits[0]
		return false
	})
	return item, both(first, err)
}

// eachMisfit yields the items of a page that do not fit, counted from 0.
func eachMisfit(t *schema.Type, page []byte, use func(item int, misfits []*schema.Misfit) bool) error {
	shredder := shred.Shredder{AnyMembers: true}
	var out []byte
	item := 0
	for text, err := range rawjson.Elements(page) {
		if err != nil {
			return err
		}
		one := append(append([]byte{'['}, text...), ']')
		if out, _, err = shredder.Page(out[:0], one); err != nil {
			return err
		}
		block, err := shred.Open(bytesAt(out), 0)
		if err != nil {
			return err
		}
		if misfits, _ := t.Check(block); len(misfits) > 0 && !use(item, misfits) {
			return nil
		}
		item++
	}
	return nil
}
