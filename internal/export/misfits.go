package export

import (
	"fmt"
	"iter"
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
}

func newMisfits() *misfits { return &misfits{} }

// maxUnknown bounds how many fields are named that a schema does not have.
const maxUnknown = 100

func (m *misfits) note(unknown []string) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	for _, name := range unknown {
		if len(m.unknown) < maxUnknown && !slices.Contains(m.unknown, name) {
			m.unknown = append(m.unknown, name)
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

// UnknownFieldsError means that items have fields that are not in the schema.
type UnknownFieldsError struct{ Fields []string }

func (e *UnknownFieldsError) Error() string {
	return "items have fields that the schema does not have: " + flatten.Listed(e.Fields)
}

// firstMisfit finds the item of a page that does not fit, counted from 0.
func firstMisfit(t *schema.Type, page []byte) (item int, err error) {
	for misfits, err := range eachMisfits(Against{Type: t}, page, true) {
		if err != nil {
			return item, err
		}
		if len(misfits) > 0 {
			return item, misfits[0]
		}
		item++
	}
	return item, nil
}

// eachMisfits yields what is wrong with each item of a page; types says whether
// their types are looked at.
func eachMisfits(against Against, page []byte, types bool) iter.Seq2[[]*schema.Misfit, error] {
	return func(yield func([]*schema.Misfit, error) bool) {
		shredder := shred.Shredder{AnyMembers: true}
		var block []byte
		for item, err := range rawjson.Elements(page) {
			var misfits []*schema.Misfit
			if err == nil && types {
				misfits, block, err = typeMisfits(against.Type, &shredder, item, block)
			}
			if err == nil && against.Rules != nil {
				misfits, err = against.Rules.Check(item, misfits)
			}
			if !yield(misfits, err) || err != nil {
				return
			}
		}
	}
}

// typeMisfits checks the types of one item; memory is used again.
func typeMisfits(t *schema.Type, shredder *shred.Shredder, item, memory []byte) ([]*schema.Misfit, []byte, error) {
	page := append(append([]byte{'['}, item...), ']')
	memory, _, err := shredder.Page(memory[:0], page)
	if err != nil {
		return nil, memory, err
	}
	block, err := shred.Open(bytesAt(memory), 0)
	if err != nil {
		return nil, memory, err
	}
	misfits, _ := t.Check(block)
	return misfits, memory, nil
}
