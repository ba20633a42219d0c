// Package mockscript gives test scripts the command `mockapi`, which starts and
// steers a mock of the Apify API. It is for tests only.
package mockscript

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/apifyctl/apifyctl/test/mockapi"
)

type key struct{}

// Setup makes room for a script's server. Call it from testscript's Setup.
func Setup(env *testscript.Env) { env.Values[key{}] = new(holder) }

type holder struct{ server *mockapi.Server }

// Start runs a server for the script before its first line, holding what the
// storage directory holds.
func Start(env *testscript.Env, dir string) error {
	server, err := Load(dir)
	env.Defer(server.Close)
	env.Values[key{}] = &holder{server}
	for name, value := range environment(server, "owner") {
		env.Setenv(name, value)
	}
	return err
}

func environment(server *mockapi.Server, who string) map[string]string {
	return map[string]string{"API_URL": server.URL(), "APIFY_API_BASE_URL": server.URL(), "APIFY_TOKEN": token(who)}
}

// token is the token of owner, reader or nobody; anything else is one itself.
func token(who string) string {
	token, ok := map[string]string{"owner": mockapi.Token, "reader": mockapi.ReadOnlyToken, "nobody": ""}[who]
	if !ok {
		return who
	}
	return token
}

// Command is `mockapi …`; see the switch for what there is.
func Command(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: mockapi start|set|fault|add|foreign|run|status|seed|push|stored|requests|forget|await|die …")
	}
	held, _ := ts.Value(key{}).(*holder)
	verb, args := args[0], args[1:]
	switch {
	case verb == "start": // start: a server of its own, with the owner's token
		held.server = mockapi.Start()
		ts.Defer(held.server.Close)
		for name, value := range environment(held.server, "owner") {
			ts.Setenv(name, value)
		}
		return
	case verb == "as" && len(args) == 1: // as owner|reader|nobody|TOKEN
		ts.Setenv("APIFY_TOKEN", token(args[0]))
		return
	case held.server == nil:
		ts.Fatalf("mockapi start comes first")
	}
	c := call{ts, held.server, verb, args}
	switch verb {
	case "set": // set key=value…
		c.set()
	case "fault": // fault KIND [key=value…]
		c.fault()
	case "add": // add KIND-PATH NAME, "" for an unnamed one; sets $ID
		ts.Setenv("ID", c.server.Add(c.arg(0), c.arg(1)))
	case "foreign": // foreign KIND-PATH NAME ACCESS; sets $ID
		ts.Setenv("ID", c.server.AddForeign(c.arg(0), c.arg(1), c.arg(2)))
	case "run": // run RUN-ID USER~ACTOR; sets $ID to the run's default dataset
		ts.Setenv("ID", c.server.AddRun(c.arg(0), c.arg(1))["datasets"])
	case "alias":
		ts.Setenv("ID", c.server.AddAlias(c.arg(0), c.arg(1), c.arg(2)))
	case "status": // status RUN-ID STATUS
		c.server.SetRunStatus(c.arg(0), c.arg(1))
	case "crowd": // crowd N: so many named datasets
		for i := range c.number(c.arg(0)) {
			c.server.Add("datasets", fmt.Sprintf("crowd-%d", i))
		}
	case "actor": // actor ID NAME
		c.server.AddActor(c.arg(0), c.arg(1))
	case "aged": // aged KIND-PATH AGE [ACTOR-ID RUN-ID]: an unnamed one, changed so long ago; sets $ID
		c.aged()
	case "account": // account N EXPIRING FILE: so many storages of each kind, so many of all near their end
		c.account()
	case "seed": // seed NAME COUNT [PADDING]: a dataset of numbered items; sets $ID
		c.seed()
	case "push": // push NAME FILE: a dataset of the file's lines, byte for byte; sets $ID
		id := c.server.Add("datasets", c.arg(0))
		c.server.Push(id, strings.Split(strings.TrimSuffix(ts.ReadFile(c.arg(1)), "\n"), "\n")...)
		ts.Setenv("ID", id)
	case "stored": // stored NAME FILE: writes what the dataset holds, an item a line
		text := strings.Join(c.server.Items(c.server.Find("datasets", c.arg(0))), "\n") + "\n"
		ts.Check(os.WriteFile(ts.MkAbs(c.arg(1)), []byte(text), 0o600))
	case "record": // record STORE KEY TYPE ENCODING FILE: a record with the file's bytes, sent with that encoding
		id := c.server.Find("key-value-stores", c.arg(0))
		value, err := os.ReadFile(ts.MkAbs(c.arg(4)))
		ts.Check(err)
		c.server.Put(id, c.arg(1), c.arg(2), c.arg(3), value)
	case "stored-as": // stored-as STORE KEY TYPE ENCODING: how a record was sent
		_, contentType, encoding, ok := c.server.Record(c.server.Find("key-value-stores", c.arg(0)), c.arg(1))
		if !ok || contentType != c.arg(2) || encoding != c.arg(3) {
			ts.Fatalf("the record is there: %t, with type %q and encoding %q", ok, contentType, encoding)
		}
	case "requests": // requests N|min=N|max=N [REGEXP]: how many lines of the log match
		c.requests()
	case "lock": // lock QUEUE CLIENT N: so many requests of the head, by that client
		c.server.Lock(c.server.Find("request-queues", c.arg(0)), c.arg(1), c.number(c.arg(2)))
	case "forget": // forget: empties the log
		c.server.ForgetRequests()
	case "await": // await N REGEXP: waits until so many lines match
		c.await()
	case "die": // die: the server is gone
		c.server.Die()
	default:
		ts.Fatalf("mockapi has no verb %q", verb)
	}
}

type call struct {
	ts     *testscript.TestScript
	server *mockapi.Server
	verb   string
	args   []string
}

func (c call) arg(i int) string {
	if i >= len(c.args) {
		c.ts.Fatalf("mockapi %s: %d arguments are too few", c.verb, len(c.args))
	}
	return c.args[i]
}

func (c call) aged() {
	actor, run := "", ""
	if len(c.args) > 2 {
		actor, run = c.arg(2), c.arg(3)
	}
	c.ts.Setenv("ID", c.server.AddAged(c.arg(0), c.duration(c.arg(1)), actor, run))
}

// account spreads the expiring ones evenly; each is a minute more urgent than the
// one before, so that their order is the reverse of the list's. Of each kind one
// in ten has a name, and is as old as can be; the first has one that {actor}-{run}
// would make. The file gets what keep should print of kind, id and name.
func (c call) account() {
	count, expiring := c.number(c.arg(0)), c.number(c.arg(1))
	kinds := []string{"datasets", "key-value-stores", "request-queues"}
	c.server.AddActor("actorOfEverything", "scraper")
	taken := "scraper-run0"
	for _, kind := range kinds {
		c.server.Add(kind, taken)
	}
	var expected []string
	every := max(1, count*len(kinds)/max(1, expiring)/len(kinds))
	for i := 1; i < count; i++ {
		for _, kind := range kinds {
			urgent := len(expected) < expiring && i%every == 1
			switch {
			case !urgent && i%10 == 0:
				c.server.Add(kind, fmt.Sprintf("named-%d", i))
			case !urgent:
				c.server.AddAged(kind, time.Hour, "actorOfEverything", fmt.Sprintf("run%d", i))
			default:
				run, name := fmt.Sprintf("run%d", i), fmt.Sprintf("scraper-run%d", i)
				if i == 1 {
					run, name = "run0", taken+"-2"
				}
				age := 6*24*time.Hour + time.Duration(len(expected)+1)*time.Minute
				id := c.server.AddAged(kind, age, "actorOfEverything", run)
				expected = append(expected, fmt.Sprintf(`{"kind":%q,"id":%q,"name":%q}`, strings.TrimSuffix(kind, "s"), id, name))
			}
		}
	}
	slices.Reverse(expected)
	c.ts.Check(os.WriteFile(c.ts.MkAbs(c.arg(2)), []byte(strings.Join(expected, "\n")+"\n"), 0o600))
}

func (c call) number(text string) int {
	number, err := strconv.Atoi(text)
	c.ts.Check(err)
	return number
}

func (c call) duration(text string) time.Duration {
	length, err := time.ParseDuration(text)
	c.ts.Check(err)
	return length
}

func (c call) seed() {
	padding := 0
	if len(c.args) > 2 {
		padding = c.number(c.args[2])
	}
	id := c.server.Add("datasets", c.arg(0))
	c.server.Push(id, Numbered(c.number(c.arg(1)), padding)...)
	c.ts.Setenv("ID", id)
}

// Numbered makes items {"n":0,"text":"…"}, so many bytes longer by padding.
func Numbered(count, padding int) []string {
	items := make([]string, count)
	for i := range items {
		items[i] = fmt.Sprintf(`{"n":%d,"text":"%s"}`, i, strings.Repeat("x", padding))
	}
	return items
}

func (c call) set() {
	c.server.Configure(func(b *mockapi.Behaviour) {
		for _, arg := range c.args {
			name, value, _ := strings.Cut(arg, "=")
			switch name {
			case "rate-limit":
				b.RateLimit = c.number(value)
			case "encoding":
				b.Encoding = value
			case "latency":
				b.Latency = c.duration(value)
			case "redirect":
				b.Redirect = value == "1"
			case "taken":
				b.TakenStatus = c.number(value)
			case "unprocessed":
				b.Unprocessed = c.number(value)
			case "unprocessed-answers":
				b.UnprocessedAnswers = c.number(value)
			case "adds-pending":
				b.AddsPending = value == "1"
			case "retention":
				b.RetentionDays = float64(c.number(value))
			case "lag":
				b.TotalLag = c.number(value)
			case "lag-answers":
				b.TotalLagAnswers = c.number(value)
			case "grow":
				b.Grow = c.number(value)
			case "grow-answers":
				b.GrowAnswers = c.number(value)
			default:
				panic("mockapi set: no setting " + name)
			}
		}
	})
}

func (c call) fault() {
	f := mockapi.Fault{Kind: mockapi.FaultKind(c.arg(0))}
	for _, arg := range c.args[1:] {
		name, value, _ := strings.Cut(arg, "=")
		switch name {
		case "method":
			f.Method = value
		case "path":
			f.Path = value
		case "skip":
			f.Skip = c.number(value)
		case "count":
			f.Count = c.number(value)
		case "status":
			f.Status = c.number(value)
		case "retry-after":
			f.RetryAfter = value
		case "pieces":
			f.Pieces = c.number(value)
		case "delay":
			f.Delay = c.duration(value)
		default:
			c.ts.Fatalf("mockapi fault: no setting %q", name)
		}
	}
	c.server.Inject(f)
}

// matching is the lines of the log, such as "GET /v2/datasets?limit=1 200",
// that match the regular expression at args[1].
func (c call) matching() []string {
	pattern := regexp.MustCompile(`.*`)
	if len(c.args) > 1 {
		var err error
		pattern, err = regexp.Compile(c.args[1])
		c.ts.Check(err)
	}
	var lines []string
	for _, request := range c.server.Requests() {
		if line := request.String(); pattern.MatchString(line) {
			lines = append(lines, line)
		}
	}
	return lines
}

func (c call) requests() {
	bound, text, ranged := strings.Cut(c.arg(0), "=")
	if !ranged {
		bound, text = "", c.arg(0)
	}
	want := c.number(text)
	lines := c.matching()
	ok := map[string]bool{"": len(lines) == want, "min": len(lines) >= want, "max": len(lines) <= want}[bound]
	if ok {
		return
	}
	for _, request := range c.server.Requests() {
		c.ts.Logf("%s", request)
	}
	c.ts.Fatalf("%d requests match, want %s", len(lines), c.arg(0))
}

// await polls: the server has no way to wake a script. It ends long before the
// test's own deadline, so that the log says what was waited for.
func (c call) await() {
	want := c.number(c.arg(0))
	for range 3000 {
		if len(c.matching()) >= want {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	c.ts.Fatalf("after 30 seconds %d requests match, want %d", len(c.matching()), want)
}
