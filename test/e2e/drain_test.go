package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apifyctl/apifyctl/test/process"
)

// drainURL makes this test binary a client that drains a queue until nothing is
// left. It prints what it was given and what it was told is handled.
const (
	drainURL = "APIFYCTL_TEST_DRAIN_URL"
	drainKey = "APIFYCTL_TEST_DRAIN_KEY"
)

const (
	drainLock    = 2 // seconds
	drainClients = 8
)

// Eight clients drain a queue through head/lock. They are killed at random, and
// so is the server: every request is handled, no lock is held by two at once,
// and nothing that was acknowledged as handled is given out again.
func TestClientsDrainAServedQueue(t *testing.T) {
	if url := os.Getenv(drainURL); url != "" {
		drain(t, url, os.Getenv(drainKey))
		return
	}
	t.Parallel()
	if testing.Short() {
		t.Skip("kills processes for some seconds")
	}
	requests, clientLife, serverLife := 300, 50, 120 // in lines of one client and in locks of all
	if os.Getenv("APIFYCTL_SLOW_TESTS") != "" {
		requests, clientLife, serverLife = 10_000, 500, 3000
	}
	dir := t.TempDir()
	server := process.NewServer(t, func(address string) *exec.Cmd {
		return command(context.WithoutCancel(t.Context()), "serve", "--local", filepath.Join(dir, "storage"), "--listen", address, "--token", "any")
	})
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	urls := filepath.Join(dir, "urls.txt")
	var text strings.Builder
	for n := range requests {
		fmt.Fprintf(&text, "https://example.com/%d\n", n)
	}
	if err := os.WriteFile(urls, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	program(t, "--local", filepath.Join(dir, "storage"), "queues", "create", "q")
	program(t, "--local", filepath.Join(dir, "storage"), "queues", "put", "q", urls)

	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	seen := &drainLog{t: t, done: map[string]time.Time{}, until: map[string]grant{}, due: make(chan struct{}, 1), serverLife: serverLife}
	var clients, killer sync.WaitGroup
	killer.Go(func() {
		for {
			select {
			case <-seen.due:
				if err := errors.Join(server.Kill(), server.Start()); err != nil {
					t.Error(err)
				}
			case <-ctx.Done():
				return
			}
		}
	})
	for c := range drainClients {
		clients.Go(func() {
			for drained := false; !drained && ctx.Err() == nil; {
				drained = seen.client(ctx, server.URL()+"/v2/request-queues/~q", fmt.Sprint("client", c), clientLife)
			}
		})
	}
	clients.Wait()
	stop()
	killer.Wait()

	var queue struct {
		Total   int `json:"totalRequestCount"`
		Handled int `json:"handledRequestCount"`
	}
	if err := json.Unmarshal(program(t, "--local", filepath.Join(dir, "storage"), "queues", "get", "q", "-f", "json"), &queue); err != nil {
		t.Fatal(err)
	}
	if queue.Total != requests || queue.Handled != requests {
		t.Errorf("%+v, want %d handled", queue, requests)
	}
	t.Logf("%d requests, %d clients killed, server killed %d times, %d locks given, %d acknowledged as handled",
		requests, seen.killed, server.Killed, seen.grants, len(seen.done))
	if seen.killed == 0 || server.Killed == 0 {
		t.Error("nobody was killed")
	}
}

// drainLog checks what clients print.
type drainLog struct {
	t              *testing.T
	mutex          sync.Mutex
	done           map[string]time.Time
	until          map[string]grant
	grants, killed int

	due        chan struct{} // the server is to be killed
	serverLife int           // locks between that
}

type grant struct {
	client string
	ends   time.Time
}

// client runs a client, and kills it when it has said about so many lines. It is
// true when the client found nothing left.
func (l *drainLog) client(ctx context.Context, url, key string, life int) bool {
	command := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestClientsDrainAServedQueue$")
	command.Env = append(os.Environ(), drainURL+"="+url, drainKey+"="+key)
	command.Stderr = os.Stderr
	out, err := command.StdoutPipe()
	if err != nil {
		l.t.Error(err)
		return true
	}
	if err := command.Start(); err != nil {
		l.t.Error(err)
		return true
	}
	said, drained := 0, false
	life = life/2 + rand.IntN(life)
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if lines.Text() == "drained" {
			drained = true
		} else {
			l.note(lines.Text(), key)
		}
		if said++; said == life {
			_ = command.Process.Kill() // unless it has ended
		}
	}
	if err := command.Wait(); err != nil && !drained {
		l.mutex.Lock()
		l.killed++
		l.mutex.Unlock()
	}
	return drained
}

// note reads "locked ID ASKED RECEIVED ENDS", "done ID ASKED RECEIVED"; times in
// microseconds.
func (l *drainLog) note(line, client string) {
	fields := strings.Fields(line)
	if len(fields) < 4 {
		return // half a line
	}
	times := make([]time.Time, len(fields)-2)
	for i, text := range fields[2:] {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return
		}
		times[i] = time.UnixMicro(n)
	}
	l.mutex.Lock()
	defer l.mutex.Unlock()
	id := fields[1]
	switch {
	case fields[0] == "locked" && len(times) == 3:
		if l.grants++; l.grants%l.serverLife == 0 {
			select {
			case l.due <- struct{}{}:
			default: // it is being killed
			}
		}
		asked, received, ends := times[0], times[1], times[2]
		// Lines of several clients come in any order: of two locks the one that
		// ends first must have ended when the other one was given.
		if before := l.until[id]; before.ends.After(received) && ends.Add(-drainLock*time.Second).Before(before.ends) && before.ends != ends {
			l.t.Errorf("%s was locked by %s until %s, and given to %s at %s", id, before.client, before.ends, client, received)
		}
		if done, ok := l.done[id]; ok && asked.After(done) {
			l.t.Errorf("%s was handled at %s, and given out at %s", id, done, received)
		}
		if ends.After(l.until[id].ends) {
			l.until[id] = grant{client, ends}
		}
	case fields[0] == "done":
		l.done[id] = times[1]
	}
}

// drain takes requests and handles them until the queue is empty.
func drain(t *testing.T, url, key string) {
	for {
		asked := time.Now()
		var head struct {
			Data struct {
				Items []struct {
					ID, UniqueKey, URL string
					LockExpiresAt      time.Time
				}
				QueueHasLockedRequests bool
			}
		}
		answer := insist(t, "POST", fmt.Sprintf("%s/head/lock?lockSecs=%d&limit=%d&clientKey=%s", url, drainLock, 1+rand.IntN(25), key), "")
		if err := json.Unmarshal(answer, &head); err != nil {
			t.Fatal(err)
		}
		received := time.Now()
		for _, item := range head.Data.Items {
			fmt.Printf("locked %s %d %d %d\n", item.ID, asked.UnixMicro(), received.UnixMicro(), item.LockExpiresAt.UnixMicro())
		}
		if len(head.Data.Items) == 0 {
			if !head.Data.QueueHasLockedRequests {
				fmt.Println("drained")
				return
			}
			time.Sleep(50 * time.Millisecond)
			continue
		}
		for _, item := range head.Data.Items {
			if time.Until(item.LockExpiresAt) < drainLock*time.Second/4 {
				break // somebody else may have it by the time it is done
			}
			asked := time.Now()
			body := fmt.Sprintf(`{"id":%q,"url":%q,"uniqueKey":%q,"handledAt":%q}`, item.ID, item.URL, item.UniqueKey, asked.UTC().Format(time.RFC3339Nano))
			insist(t, "PUT", url+"/requests/"+item.ID+"?clientKey="+key, body)
			fmt.Printf("done %s %d %d\n", item.ID, asked.UnixMicro(), time.Now().UnixMicro())
		}
	}
}

// insist sends a request until there is an answer: the server is killed and
// started again.
func insist(t *testing.T, method, url, body string) []byte {
	for patience := time.Now().Add(time.Minute); ; {
		request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/json")
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			if time.Now().After(patience) {
				t.Fatal(err)
			}
			time.Sleep(20 * time.Millisecond)
			continue
		}
		text, err := io.ReadAll(answer.Body)
		if err := answer.Body.Close(); err != nil {
			t.Fatal(err)
		}
		if err != nil {
			continue
		}
		if answer.StatusCode >= http.StatusBadRequest {
			t.Fatalf("%s %s: %s: %s", method, url, answer.Status, text)
		}
		return text
	}
}

// command is a run of the program.
func command(ctx context.Context, args ...string) *exec.Cmd {
	return exec.CommandContext(ctx, "apifyctl", args...)
}

// program runs the program and returns its stdout.
func program(t *testing.T, args ...string) []byte {
	t.Helper()
	run := command(t.Context(), args...)
	var said bytes.Buffer
	run.Stderr = &said
	out, err := run.Output()
	if err != nil {
		t.Fatalf("apifyctl %s: %v: %s", strings.Join(args, " "), err, said.String())
	}
	return out
}
