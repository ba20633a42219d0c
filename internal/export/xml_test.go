package export

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/apifyctl/apifyctl/internal/export/flatten"
)

func TestXMLName(t *testing.T) {
	for text, want := range map[string]string{
		"plain": "plain", "a-b.c_d9": "a-b.c_d9", "": "_x_", "_x_": "_x005F_x_", "my key": "my_x0020_key", "1st": "_x0031_st",
		"a:b": "a_x003A_b", "_x0020_": "_x005F_x0020_", "_x00": "_x00", "#h": "_x0023_h", "é": "é", "日本": "日本", "😀": "_x1F600_", "-a": "_x002D_a",
	} {
		if got := xmlName(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	// The ends of what all editions of XML have for letters, and what stands beside.
	const letters = "_azAZÀÖØöøıĴľŁňŊžΑΡΣώАяאתءغぁゔァヺ一龥가힣"
	for _, r := range letters {
		if name := string(r); xmlName(name) != name {
			t.Errorf("%q is no name, but %q", name, xmlName(name))
		}
	}
	for _, r := range "`{@[^/:¿×÷ĲĳĿŀŉſΐ΢ϏЏѐ\u05cf\u05eb\u0620\u063b\u3040ゕ゠・ー\u4dff\u9fa6\uabff\ud7a4" {
		if want := nameEscape(r); xmlName(string(r)) != want || xmlName("a"+string(r)) != "a"+want {
			t.Errorf("%q became %q and %q, want %q", r, xmlName(string(r)), xmlName("a"+string(r)), want)
		}
	}
	for _, r := range "-.09" {
		if name := "a" + string(r); xmlName(name) != name || xmlName(string(r)) != nameEscape(r) {
			t.Errorf("%q became %q at the start and %q behind it", r, xmlName(string(r)), xmlName(name))
		}
	}
	for text, escape := range map[string]bool{"_x00_": false, "_x004_": false, "_x0041_": true, "_x00041_": true, "_x000041_": true, "_x0000041_": false, "_x00g1_": false, "_x0041": false, "_X0041_": false} {
		if want := "_x005F_" + text[1:]; (xmlName(text) == want) != escape || !escape && xmlName(text) != text {
			t.Errorf("%q became %q", text, xmlName(text))
		}
	}
}

func TestXMLNamesOfOptions(t *testing.T) {
	for _, o := range []Options{{XMLRoot: "a b"}, {XMLRow: "<x>"}, {XMLRow: "1"}} {
		if _, err := export(t, pagesOf(), "xml", o); err == nil {
			t.Errorf("%+v was taken", o)
		}
	}
}

func TestXMLText(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"markup":                     {`a<b>&c\"'`, `a&lt;b&gt;&amp;c"'`},
		"white space":                {`\t\n\r`, "\t\n&#xD;"},
		"control characters":         {`\u0000\u001f\u007f`, "\ufffd\ufffd\x7f"},
		"the first beyond ASCII":     {`\u0080\u00ff`, "\u0080\u00ff"},
		"the first as it is":         {"\u0080\u00ff", "\u0080\u00ff"},
		"no characters":              {`\ufffe\uffff\ud800`, "\ufffd\ufffd\ufffd"},
		"no characters, as they are": {"\ufffe\uffff", "\ufffd\ufffd"},
		"the last ones":              {`\ufffd\ufffc\udbff\udfff`, "\ufffd\ufffc\U0010ffff"},
		"in a pair":                  {`\ud83d\ude00`, "😀"},
	} {
		got, err := export(t, pagesOf(`[{"a":"`+test.text+`"}]`), "xml", Options{})
		if want := "<item><a>" + test.want + "</a></item>"; err != nil || !strings.Contains(got, want) {
			t.Errorf("%s: %v, %q, want %q", name, err, got, want)
		}
	}
}

// What the command line gives may be no UTF-8; what is written is.
func TestMarkupOfOptions(t *testing.T) {
	const broken = "a\xff\ufffd<é\xc3"
	const want = "a\ufffd\ufffd&lt;é\ufffd"
	for format, o := range map[string]Options{"rss": {FeedTitle: broken}, "html": {Nulls: broken}} {
		if got, err := export(t, pagesOf(`[{"a":null}]`), format, o); err != nil || !strings.Contains(got, ">"+want+"<") {
			t.Errorf("%s: %v, %q, want %q in it", format, err, got, want)
		}
	}
}

// Below so many elements there is JSON text, wherever attributes and arrays are.
func TestXMLDepth(t *testing.T) {
	const levels = maxXMLDepth + 10
	for name, test := range map[string]struct {
		start, end string
		inner      int // levels that are text
		elements   int
	}{
		"objects":                 {`{"a":`, `}`, 10, maxXMLDepth + 1},
		"objects with attributes": {`{"@":{"x":1},"a":`, `}`, 10, maxXMLDepth + 1},
		"arrays":                  {`[`, `]`, 11, maxXMLDepth}, // an item that is one has an element more
	} {
		nested := func(levels int) string {
			return strings.Repeat(test.start, levels) + "7" + strings.Repeat(test.end, levels)
		}
		got, err := export(t, pagesOf(`[`+nested(levels)+`]`), "xml", Options{XMLRow: "a"})
		if err != nil {
			t.Fatal(err)
		}
		before, _, _ := strings.Cut(got, "</a>")
		text, elements := before[strings.LastIndexByte(before, '>')+1:], strings.Count(got, "</a>")
		if text != nested(test.inner) || elements != test.elements {
			t.Errorf("%s: %d elements, want %d, and in the innermost %q", name, elements, test.elements, text)
		}
	}
}

// element is XML as it was read.
type element struct {
	name       string
	attributes map[string]string
	children   []element
	text       string
}

func readXML(t testing.TB, text string) element {
	t.Helper()
	decoder := xml.NewDecoder(strings.NewReader(text))
	stack := []element{{}}
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return stack[0]
		}
		if err != nil {
			t.Fatalf("%v in %s", err, text)
		}
		top := &stack[len(stack)-1]
		switch token := token.(type) {
		case xml.StartElement:
			if token.Name.Space != "" {
				t.Fatalf("namespace %q in %s", token.Name.Space, text)
			}
			started := element{name: token.Name.Local, attributes: map[string]string{}}
			for _, a := range token.Attr {
				started.attributes[a.Name.Local] = a.Value
			}
			stack = append(stack, started)
		case xml.EndElement:
			stack = stack[:len(stack)-1]
			stack[len(stack)-1].children = append(stack[len(stack)-1].children, *top)
		case xml.CharData:
			top.text += string(token)
		}
	}
}

// expectXML is the mapping once more: slow, and from decoded values.
func expectXML(name string, value any) []element {
	switch value := value.(type) {
	case []any:
		elements := []element{}
		for _, each := range value {
			if _, nested := each.([]any); nested {
				elements = append(elements, element{name: name, attributes: map[string]string{}, children: expectXML(name, each)})
				continue
			}
			elements = append(elements, expectXML(name, each)...)
		}
		return elements
	case object:
		return []element{expectObject(name, value)}
	}
	return []element{{name: name, attributes: map[string]string{}, text: xmlText(value)}}
}

func expectObject(name string, value object) element {
	e := element{name: name, attributes: map[string]string{}}
	rest := object{}
	for _, m := range value {
		attributes, isObject := m.value.(object)
		if m.name != "@" || !isObject || !flat(attributes) {
			rest = append(rest, m)
			continue
		}
		for _, a := range attributes {
			name := xmlName(a.name)
			if name == "xmlns" {
				name = "_x0078_mlns"
			}
			e.attributes[name] = xmlText(a.value)
		}
	}
	if len(rest) == 1 && rest[0].name == "#" && flat(rest) {
		e.text = xmlText(rest[0].value)
		return e
	}
	for _, m := range rest {
		e.children = append(e.children, expectXML(xmlName(m.name), m.value)...)
	}
	return e
}

func flat(o object) bool {
	for _, m := range o {
		switch m.value.(type) {
		case object, []any:
			return false
		}
	}
	return true
}

func xmlText(value any) string {
	cells := map[string]string{}
	flattened(cells, "", value)
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == '\ufffe' || r == '\uffff' {
			return '\ufffd'
		}
		return r
	}, cells[""])
}

func jsonItems(t testing.TB, text string) ([]any, bool) {
	t.Helper()
	if !validArray(text) || strings.Count(text, "[")+strings.Count(text, "{") > 150 {
		return nil, false
	}
	items, ok := decode(t, []byte(text)).([]any)
	return items, ok
}

func FuzzXML(f *testing.F) {
	addCorpus(f)
	f.Add(`[[1,[2]],5,null,{"@":{"a":1},"#":"x"},{"@":[1],"#":{"#":2}},{"@":1},{"#":[]}]`)
	f.Add(`[{"\u0040":{"a":1},"\u0023":2},{"@":{"a":1},"@":{"b":2}},{"@":[],"@":{"b":2},"#":1},{"#":1,"#":{}},{"#":{},"#":1},{"#":1,"#":2},{"@":{"x":1},"#":1,"\u0023":2},{"#":1,"#":2,"a":3},{"a":{"#":1,"#":null}},{"a":{"@":{"x":1},"b":2}}]`)
	f.Fuzz(func(t *testing.T, text string) {
		items, ok := jsonItems(t, text)
		if !ok {
			return
		}
		got, err := export(t, pagesOf(text), "xml", Options{})
		if err != nil {
			t.Fatal(err)
		}
		var want []element
		for _, item := range items {
			if list, isList := item.([]any); isList {
				want = append(want, element{name: "item", attributes: map[string]string{}, children: expectXML("item", list)})
				continue
			}
			want = append(want, expectXML("item", item)...)
		}
		root := readXML(t, got).children[0]
		compareElements(t, root.children, want, got)
	})
}

// More keys than are remembered, and longer ones, are written like others; also
// where they repeat.
func TestXMLForgetsKeys(t *testing.T) {
	if testing.Short() {
		t.Skip("much data, and one goroutine")
	}
	long := strings.Repeat("k", flatten.LongestPath)
	var members []string
	for i := range maxXMLNodes + 500 {
		if i%50 == 0 {
			members = append(members, fmt.Sprintf(`"key %d":{"a":%d,"%s":1}`, i, i, long))
		} else {
			members = append(members, fmt.Sprintf(`"key %d":{"a":%d}`, i, i))
		}
	}
	many := "{" + strings.Join(members, ",")
	text := "[" + many + "}," + many + `,"key 0":"again"},` + many + `,"key ` + strconv.Itoa(maxXMLNodes+400) + `":"again"},` +
		many + `,"x":{"` + long + `":1,"` + long + `":2}},{"key 1":{"b":[{"c":1},{"c":2}]}}]`
	got, err := export(t, pagesOf(text), "xml", Options{})
	if err != nil {
		t.Fatal(err)
	}
	var want []element
	for _, item := range decode(t, []byte(text)).([]any) {
		want = append(want, expectXML("item", item)...)
	}
	compareElements(t, readXML(t, got).children[0].children, want, "the output")
}

// Where keys are data, memory stays flat: so many are remembered, none that is long,
// and with the next item it begins anew.
func TestXMLRemembersFewKeys(t *testing.T) {
	e := newXMLElements()
	tag := newXMLTag("item")
	remembered := func(item string) int {
		t.Helper()
		if _, end, err := e.item(nil, tag, []byte(item), 0); err != nil || end != len(item) {
			t.Fatalf("%v at %d of %d", err, end, len(item))
		}
		return nodesBelow(e.names.root)
	}
	fits, long := strings.Repeat("k", flatten.LongestPath-len(`""`)), strings.Repeat("l", flatten.LongestPath-len(`""`)+1)
	many := "{" + wideMembers(maxXMLNodes-6) + "}"
	for _, step := range []struct {
		name, item string
		want       int
	}{
		{"two keys", `{"a":1,"b":2}`, 2},
		{"one of them, and others", `{"b":1,"c":{"a":1}}`, 4},
		{"a long one, and one that just fits", `{"` + long + `":1,"` + fits + `":1}`, 5},
		{"one less than are remembered", many, maxXMLNodes - 1},
		{"as many as are remembered", `{"d":1}`, maxXMLNodes},
		{"behind them", `{"a":1,"b":2}`, 2},
		{"more than are remembered", "{" + wideMembers(maxXMLNodes+100) + "}", maxXMLNodes},
		{"behind those", `{"a":1}`, 1},
	} {
		if got := remembered(step.item); got != step.want {
			t.Errorf("%s: %d keys are remembered, want %d", step.name, got, step.want)
		}
	}
}

func nodesBelow(node *xmlNode) int {
	count := 0
	for _, member := range node.members {
		count += 1 + nodesBelow(member)
	}
	return count
}

func compareElements(t *testing.T, got, want []element, text string) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d elements, want %d in %s", len(got), len(want), text)
	}
	for i := range got {
		if got[i].name != want[i].name || got[i].text != want[i].text || !reflect.DeepEqual(got[i].attributes, want[i].attributes) {
			t.Fatalf("read %+v, want %+v in %s", got[i], want[i], text)
		}
		compareElements(t, got[i].children, want[i].children, text)
	}
}

// What an item's own members are, is in the feed; beside them stand only the
// elements that readers look for.
func FuzzRSS(f *testing.F) {
	addCorpus(f)
	f.Add(`[{"title":5,"link":"x","guid":[],"pubDate":"2024-01-01"},{"name":"n","url":"http://a.b/c","date":"2024-01-01T00:00:00Z"},7]`)
	f.Fuzz(func(t *testing.T, text string) {
		items, ok := jsonItems(t, text)
		if !ok {
			return
		}
		got, err := export(t, pagesOf(text), "rss", Options{})
		if err != nil {
			t.Fatal(err)
		}
		entries := []element{}
		for _, e := range readXML(t, got).children[0].children[0].children {
			if e.name == "item" {
				entries = append(entries, e)
			}
		}
		if len(entries) != len(items) {
			t.Fatalf("%d entries of %d items in %s", len(entries), len(items), got)
		}
		for i, item := range items {
			members, isObject := item.(object)
			if !isObject {
				continue
			}
			compareFeedItem(t, entries[i].children, members, got)
		}
	})
}

// compareFeedItem compares an entry with the members of its item: each is there
// as in XML, but one that is a standard element, and one that has the name of
// such an element without being it, which is there under an escaped name.
func compareFeedItem(t *testing.T, entry []element, members object, text string) {
	t.Helper()
	standard := map[string]string{}
	own := []element{}
	escaped := map[string]bool{}
	for _, e := range entry {
		switch e.name {
		case "title", "link", "guid", "pubDate":
			if _, twice := standard[e.name]; twice || len(own) > 0 || strings.TrimSpace(e.text) == "" {
				t.Fatalf("%s is there twice, late or empty in %s", e.name, text)
			}
			standard[e.name] = e.text
		default:
			own = append(own, e)
			escaped[e.name] = true
		}
	}
	want := []element{}
	for _, m := range members {
		name := xmlName(m.name)
		switch m.name {
		case "title", "link", "guid", "pubDate":
			name = "_x00" + strings.ToUpper(hexOf(m.name[0])) + "_" + m.name[1:]
			content, there := standard[m.name]
			if list, isList := m.value.([]any); isList && len(list) == 0 {
				continue // it has no element
			}
			if there && !escaped[name] {
				_, err := time.Parse(time.RFC1123Z, content)
				if m.name == "pubDate" && err != nil || m.name != "pubDate" && content != xmlText(m.value) {
					t.Fatalf("%q became %q in %s", m.value, content, text)
				}
				continue
			}
		}
		want = append(want, expectXML(name, m.value)...)
	}
	compareElements(t, own, want, text)
}

func hexOf(c byte) string { return string("0123456789abcdef"[c>>4]) + string("0123456789abcdef"[c&15]) }

func TestRSSElements(t *testing.T) {
	got, err := export(t, pagesOf(`[{"name":"N","url":"https://e.com/1","date":"2024-05-01T10:00:00.000Z"},{"id":7,"pubDate":"soon"},{"name":0,"id":9},{"title":true,"name":-1.5},{"title":" ","guid":"\t"},{"title":"T","guid":"g","link":"https://e.com/2","pubDate":"2024-05-01"}]`), "rss", Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`<title>N</title><link>https://e.com/1</link><guid>https://e.com/1</guid><pubDate>Wed, 01 May 2024 10:00:00 +0000</pubDate><name>N</name>`,
		`<title>7</title><guid isPermaLink="false">7</guid><id>7</id><_x0070_ubDate>soon</_x0070_ubDate></item>`,
		`<item><title>0</title><guid isPermaLink="false">9</guid><name>0</name><id>9</id></item>`,
		`<item><title>-1.5</title><_x0074_itle>true</_x0074_itle><name>-1.5</name></item>`,
		"<item><_x0074_itle> </_x0074_itle><_x0067_uid>\t</_x0067_uid></item>",
		`<title>T</title><link>https://e.com/2</link><guid isPermaLink="false">g</guid><pubDate>Wed, 01 May 2024 00:00:00 +0000</pubDate></item>`,
		"<title>Dataset</title>\n<description>Items in dataset.</description>\n<link>",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is not in\n%s", want, got)
		}
	}
}

func FuzzHTML(f *testing.F) {
	addCorpus(f)
	f.Fuzz(func(t *testing.T, text string) {
		names, rows, ok := flatRows(t, text)
		if !ok {
			return
		}
		got, err := export(t, pagesOf(text), "html", Options{})
		if tooMuch(err, names) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		want := [][]string{}
		if len(names) > 0 {
			want = append(want, names)
		}
		for _, row := range rows {
			cells := []string{}
			for _, name := range names {
				cells = append(cells, row[name])
			}
			want = append(want, cells)
		}
		read := readHTML(t, got)
		if len(read) != len(want) {
			t.Fatalf("%d rows, want %d in %s", len(read), len(want), got)
		}
		for y := range want {
			for x := range want[y] {
				if read[y][x] != xmlText(want[y][x]) {
					t.Fatalf("read %q, want %q in %s", read[y][x], want[y][x], got)
				}
			}
		}
	})
}

// Addresses of web pages become links, and nothing else does.
func TestHTMLLinks(t *testing.T) {
	for text, link := range map[string]bool{
		"http://a": true, "https://a.b/c?d=e&f=g#h": true, "HTTP://A": true, "hTTpS://a": true, "http://é": true, "http://!~": true,
		"http": false, "https": false, "http:": false, "http:/": false, "http://": false, "https://": false, "httpx://a": false, "xhttp://a": false, "http//a": false, "ftp://a": false,
		"javascript:alert(1)//http://a": false, "http://a b": false, "http://a\t": false, "http://a\u007f": false, "http://a\"b": false, "http://a<b": false, "http://a>b": false, "http://a\\b": false, " http://a": false, "": false,
	} {
		page, err := json.Marshal([]map[string]string{{"a": text}})
		if err != nil {
			t.Fatal(err)
		}
		got, err := export(t, pagesOf(string(page)), "html", Options{})
		_, cell, _ := strings.Cut(got, "<td>")
		cell, _, _ = strings.Cut(cell, "</td>")
		want := html.EscapeString(text)
		if link {
			want = `<a rel="noopener noreferrer" href="` + want + `">` + want + `</a>`
		}
		if err != nil || cell != want {
			t.Errorf("%q: %v, %s, want %s", text, err, cell, want)
		}
	}
}

// readHTML reads the cells of the only table.
func readHTML(t testing.TB, text string) [][]string {
	t.Helper()
	document, err := html.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]string
	for n := range document.Descendants() {
		switch {
		case n.Type == html.ElementNode && n.Data == "tr":
			rows = append(rows, []string{})
		case n.Type == html.ElementNode && (n.Data == "td" || n.Data == "th"):
			var cell bytes.Buffer
			for inner := range n.Descendants() {
				if inner.Type == html.TextNode {
					cell.WriteString(inner.Data)
				}
			}
			rows[len(rows)-1] = append(rows[len(rows)-1], cell.String())
		case n.Type == html.ElementNode && n.Data == "a":
			for _, a := range n.Attr {
				address, err := url.Parse(a.Val)
				safe := err == nil && (address.Scheme == "http" || address.Scheme == "https") || err != nil && strings.HasPrefix(strings.ToLower(a.Val), "http")
				if a.Key != "rel" && (a.Key != "href" || !safe) {
					t.Fatalf("a link with %s=%q", a.Key, a.Val)
				}
			}
		case n.Type == html.ElementNode && (n.Data == "script" || n.Data == "img" || n.Data == "link"):
			t.Fatalf("an element %s in %s", n.Data, text)
		}
	}
	return rows
}
