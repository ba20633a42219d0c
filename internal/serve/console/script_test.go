package console

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func TestScript(t *testing.T) {
	folder := fstest.MapFS{
		"main.js": {Data: []byte("// Shows.\nimport { a as b, c } from './sub/a.js';\nimport lib from 'lib';\n\nlib(b, c, 'export this');\n")},
		"sub/a.js": {Data: []byte("import { Kind } from './kind.js';\n" +
			"export const a = 1;\nexport async function c() {}\nexport function* d() {}\nexport class E extends Kind {}\n")},
		"sub/kind.js":   {Data: []byte("export class Kind {}\n")},
		"vendor/lib.js": {Data: []byte("import{x as n}from\"more\";var t=n;export default function(s){return t}\n//# sourceMappingURL=lib.mjs.map\n")},
		"more.js":       {Data: []byte("var q=1;export{q as x,q as $y};\n")},
	}
	got, err := script(folder, "main.js", map[string]string{"lib": "vendor/lib.js", "more": "more.js"})
	if err != nil {
		t.Fatal(err)
	}
	want := `const modules = {};
modules["sub/kind.js"] = (() => {
class Kind {}
return { Kind };
})();
modules["sub/a.js"] = (() => {
const { Kind } = modules["sub/kind.js"];
const a = 1;
async function c() {}
function* d() {}
class E extends Kind {}
return { a, c, d, E };
})();
modules["more.js"] = (() => {
var q=1;
return { x: q,$y: q };
})();
modules["vendor/lib.js"] = (() => {
const {x: n} = modules["more.js"];var t=n;const defaulted = function(s){return t}
return { default: defaulted };
})();
modules["main.js"] = (() => {
// Shows.
const { a: b, c } = modules["sub/a.js"];
const { default: lib } = modules["vendor/lib.js"];

lib(b, c, 'export this');
return {  };
})();
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What is not understood is no script that lacks something.
func TestScriptsThatCannotBeRead(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"a missing module", "import { a } from './none.js';\n", "none.js"},
		{"a cycle", "import { a } from './main.js';\n", "imports itself"},
		{"all of a module", "import * as a from './a.js';\n", "cannot be read"},
		{"for its effects", "import './a.js';\n", "cannot be read"},
		{"exported again", "export { a } from './a.js';\n", "cannot be read"},
		{"a variable", "export let a = 1;\n", "cannot be read"},
		{"the end of a script", "const a = '</SCRIPT>';\n", "</script"},
		{"a comment of HTML", "const a = '<!--';\n", "<!--"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := script(fstest.MapFS{"main.js": {Data: []byte(c.text)}, "a.js": {Data: []byte("export const a = 1;\n")}}, "main.js", nil)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %s", err, c.want)
			}
		})
	}
}
