package schema

import (
	"fmt"
	"strings"
)

// Drift fills in what differs between several datasets with these names and types.
func Drift(rows []Row, names []string, types []*Type) {
	fields := make([]map[string]string, len(types))
	for i, t := range types {
		fields[i] = make(map[string]string)
		t.eachField("", func(name, kind string) { fields[i][name] = kind })
	}
	for i := range rows {
		var parts []string
		differs := false
		for j, name := range names {
			kind, there := fields[j][rows[i].Field]
			if !there {
				kind = "missing"
			}
			differs = differs || kind != fields[0][rows[i].Field]
			parts = append(parts, fmt.Sprintf("%s %s", name, kind))
		}
		if differs {
			rows[i].Differs = strings.Join(parts, ", ")
		}
	}
}

// eachField yields the names of fields as rows have them.
func (t *Type) eachField(path string, use func(name, kind string)) {
	switch t.Kind {
	case Group:
		for _, f := range t.Fields {
			name := join(path, f.Key)
			use(name, f.Type.String())
			f.Type.eachField(name, use)
		}
	case List:
		use(path+"[]", t.Element.String())
		t.Element.eachField(path+"[]", use)
	}
}
