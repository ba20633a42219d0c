package jq

import (
	"strconv"
	"strings"

	"github.com/itchyny/gojq"
)

// orderFunction is passed every object that an expression builds.
const orderFunction = "_order_members"

// computedName stands for the name of a member that is known only when the
// expression is run. No member can be called so: it is not UTF-8.
const computedName = "\xff"

// walker puts a call of orderFunction behind all places of an expression that
// build an object.
type walker struct {
	orders [][]string
	names  map[string]int
}

func (w *walker) query(q *gojq.Query) {
	if q == nil {
		return
	}
	for _, function := range q.FuncDefs {
		w.query(function.Body)
	}
	w.patterns(q.Patterns)
	w.query(q.Left)
	w.query(q.Right)
	w.term(q.Term)
}

func (w *walker) queries(all []*gojq.Query) {
	for _, q := range all {
		w.query(q)
	}
}

func (w *walker) term(t *gojq.Term) {
	if t == nil {
		return
	}
	w.index(t.Index)
	w.string(t.Str)
	w.query(t.Query)
	if t.Func != nil {
		w.queries(t.Func.Args)
	}
	if t.Array != nil {
		w.query(t.Array.Query)
	}
	if t.Unary != nil {
		w.term(t.Unary.Term)
	}
	if t.Label != nil {
		w.query(t.Label.Body)
	}
	w.control(t)
	for _, suffix := range t.SuffixList {
		w.index(suffix.Index)
	}
	if t.Object != nil {
		w.object(t)
	}
}

func (w *walker) control(t *gojq.Term) {
	if t.If != nil {
		w.queries([]*gojq.Query{t.If.Cond, t.If.Then, t.If.Else})
		for _, other := range t.If.Elif {
			w.queries([]*gojq.Query{other.Cond, other.Then})
		}
	}
	if t.Try != nil {
		w.queries([]*gojq.Query{t.Try.Body, t.Try.Catch})
	}
	if t.Reduce != nil {
		w.queries([]*gojq.Query{t.Reduce.Query, t.Reduce.Start, t.Reduce.Update})
		w.patterns(t.Reduce.Patterns)
	}
	if t.Foreach != nil {
		w.queries([]*gojq.Query{t.Foreach.Query, t.Foreach.Start, t.Foreach.Update, t.Foreach.Extract})
		w.patterns(t.Foreach.Patterns)
	}
}

func (w *walker) index(i *gojq.Index) {
	if i != nil {
		w.string(i.Str)
		w.queries([]*gojq.Query{i.Start, i.End})
	}
}

func (w *walker) string(s *gojq.String) {
	if s != nil {
		w.queries(s.Queries)
	}
}

func (w *walker) patterns(all []*gojq.Pattern) {
	for _, p := range all {
		w.patterns(p.Array)
		for _, member := range p.Object {
			w.string(member.KeyString)
			w.query(member.KeyQuery)
			if member.Val != nil {
				w.patterns([]*gojq.Pattern{member.Val})
			}
		}
	}
}

// object makes {…} the query ({…} | orderFunction(number)).
func (w *walker) object(t *gojq.Term) {
	var order []string
	for _, member := range t.Object.KeyVals {
		w.string(member.KeyString)
		w.query(member.KeyQuery)
		w.query(member.Val)
		name := nameOf(member)
		order = append(order, name)
		if _, ok := w.names[name]; !ok && name != computedName {
			if w.names == nil {
				w.names = map[string]int{}
			}
			w.names[name] = len(w.names)
		}
	}
	if len(order) < 2 {
		return
	}
	number := &gojq.Query{Term: &gojq.Term{Type: gojq.TermTypeNumber, Number: strconv.Itoa(len(w.orders))}}
	w.orders = append(w.orders, order)
	object := &gojq.Query{Term: &gojq.Term{Type: gojq.TermTypeObject, Object: t.Object}}
	call := &gojq.Query{Term: &gojq.Term{Type: gojq.TermTypeFunc, Func: &gojq.Func{Name: orderFunction, Args: []*gojq.Query{number}}}}
	t.Type, t.Object = gojq.TermTypeQuery, nil
	t.Query = &gojq.Query{Left: object, Op: gojq.OpPipe, Right: call}
}

// nameOf is the name of a member in {…}, or computedName.
func nameOf(member *gojq.ObjectKeyVal) string {
	switch s := member.KeyString; {
	case member.Key != "" && member.Val == nil: // {url} and {$url}
		return strings.TrimPrefix(member.Key, "$")
	case member.Key != "" && member.Key[0] != '$':
		return member.Key
	case s != nil && len(s.Queries) == 0:
		return s.Str
	}
	return computedName
}
