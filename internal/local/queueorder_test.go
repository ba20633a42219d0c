package local

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestRequestsInOrder lists a queue in pages of any size in the order of its
// head, then what is locked and what was handled.
func TestRequestsInOrder(t *testing.T) {
	s, queue := queueSite(t), queuePath
	var want, handled []string
	for i := range 60 {
		query, more := "", ""
		if i%10 == 9 {
			query = "?forefront=1"
		}
		if i%4 == 1 {
			more = `,"handledAt":"2026-01-01T00:00:00.000Z"`
		}
		key := "k" + strconv.Itoa(i)
		s.want(201, "POST", queue+"/requests"+query, fmt.Sprintf(`{"url":"https://example.com/%d","uniqueKey":%q%s}`, i, key, more))
		switch {
		case more != "":
			handled = append(handled, key)
		case query != "":
			want = slices.Insert(want, 0, key)
		default:
			want = append(want, key)
		}
	}
	for seconds := 600; seconds < 603; seconds++ {
		s.want(201, "POST", fmt.Sprintf("%s/head/lock?lockSecs=%d&limit=1", queue, seconds), "")
	}
	want = slices.Concat(want[3:], want[:3])
	slices.SortFunc(handled, func(a, b string) int { return strings.Compare(requestID(a), requestID(b)) })
	want = append(want, handled...)
	for _, limit := range []int{1, 7, 30, 1000} {
		var got []string
		for cursor := ""; ; {
			answer := s.want(200, "GET", queue+"/requests?limit="+strconv.Itoa(limit)+"&cursor="+url.QueryEscape(cursor), "", "Prefer", "wait=1, order=head")
			if applied := answer.header.Get("Preference-Applied"); applied != "order=head" {
				t.Fatalf("preference applied: %q", applied)
			}
			got = append(got, strings.Fields(answer.keys(t))...)
			data := answer.data(t)
			cursor, _ = data["nextCursor"].(string)
			if cursor == "" {
				break
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("pages of %d: %q\nwant %q", limit, got, want)
		}
	}
	s.want(http.StatusBadRequest, "GET", queue+"/requests?cursor=nonsense", "", "Prefer", "order=head")
	if applied := s.want(200, "GET", queue+"/requests", "").header.Get("Preference-Applied"); applied != "" {
		t.Errorf("nothing was preferred, and %q applied", applied)
	}
}
