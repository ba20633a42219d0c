package account

import (
	"encoding/json"
	"testing"

	"github.com/apifyctl/apifyctl/internal/local/directory"
)

func FuzzRuns(f *testing.F) {
	f.Add(`[{"id":"r1","actId":"abc","actor":"ann~shop","status":"FAILED","defaultDatasetId":"first"},{"id":"r2","actor":"shop"}]`)
	f.Add(`[{"id":"a","actor":"~","defaultDatasetId":"../x"}]`)
	f.Fuzz(func(t *testing.T, text string) {
		var runs []*localRun
		if json.Unmarshal([]byte(text), &runs) != nil {
			return
		}
		for _, run := range runs {
			if run.check() != nil {
				continue
			}
			for _, k := range directory.Kinds() {
				// A name becomes a folder; an ID is only ever compared.
				if ref := run.storage(k); ref.Name != "" && !directory.ValidName(ref.Name) || ref.ID != "" && ref.Run {
					t.Errorf("%+v", ref)
				}
			}
			if run.isActor("") && run.ActorID != "" {
				t.Errorf("%+v is nobody's", run)
			}
		}
	})
}
