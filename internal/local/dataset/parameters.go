package dataset

import (
	"github.com/apifyctl/apifyctl/internal/local/wire"
	"github.com/apifyctl/apifyctl/internal/transform"
)

// readTransformation reads the parameters of a request.
func readTransformation(q *wire.Query) *transform.Transformation {
	clean := q.Flag("clean")
	t := &transform.Transformation{
		Fields: q.Names("fields"), OutputFields: q.Names("outputFields"), Omit: q.Names("omit"),
		Unwind: q.Names("unwind"), Flatten: q.Names("flatten"),
		SkipHidden: q.Flag("skipHidden") || clean, SkipEmpty: q.Flag("skipEmpty") || clean,
		SkipFailedPages: q.Flag("skipFailedPages"),
	}
	if q.Flag("simplified") {
		t.Fields, t.Unwind = []string{"url", "pageFunctionResult", "errorInfo"}, []string{"pageFunctionResult"}
	}
	if len(t.OutputFields) > 0 && len(t.OutputFields) != len(t.Fields) {
		q.Fail("outputFields", "as many names as there are in fields")
	}
	return t.Prepare()
}
