package api

import (
	"net/url"
	"strings"
)

// parseURL reads a URL of the Console,
//
//	https://console.apify.com/storage/datasets/<id>
//	https://console.apify.com/organization/<id>/storage/datasets/<id>
//
// or of the API, whatever its host:
//
//	…/v2/datasets/<ref>
//	…/v2/actor-runs/<run>/dataset
//	…/v2/acts/<actor>/runs/<run, or last>/dataset
//	…/v2/actor-tasks/<task>/runs/last/dataset
//
// each with more behind it.
func parseURL(kind Kind, text string) (Ref, error) {
	shown, _, _ := strings.Cut(redactURLText(text), "?")
	fail := func(reason string) (Ref, error) {
		return Ref{}, &RefError{Kind: kind, Text: shown, Reason: reason}
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		return fail("it cannot be read as a URL")
	}
	parts, err := pathParts(u)
	if err != nil {
		return fail("it cannot be read as a URL")
	}
	paths, found, reason := storagePaths(parts)
	if reason != "" {
		return fail(reason)
	}
	if found != kind {
		return fail("it is the URL of " + found.article())
	}
	ref := newRef(kind, shown, paths...)
	ref.host = strings.ToLower(u.Host)
	if status := u.Query().Get("status"); status != "" && strings.Contains(paths[0], "/runs/last/") {
		ref.query = url.Values{"status": {status}}
	}
	return ref, nil
}

// serves tells whether a URL of that host leads to the client's API: the API's own
// or, unless the API is on this machine, those of Apify, which has other addresses
// for its own machines.
func (c *Client) serves(host string) bool {
	switch host = hostPort(host); host {
	case "", hostPort(c.base.Host):
		return true
	case "api.apify.com", "console.apify.com":
		return c.network && !isLoopback(c.base.Hostname())
	}
	return false
}

// hostPort leaves out the port that goes without saying.
func hostPort(host string) string {
	host = strings.ToLower(host)
	return strings.TrimSuffix(strings.TrimSuffix(host, ":443"), ":80")
}

// pathParts returns the decoded segments of the path, without empty ones.
func pathParts(u *url.URL) ([]string, error) {
	var parts []string
	for part := range strings.SplitSeq(u.EscapedPath(), "/") {
		if part == "" {
			continue
		}
		plain, err := url.PathUnescape(part)
		if err != nil {
			return nil, err
		}
		parts = append(parts, plain)
	}
	return parts, nil
}

const noStorageURL = "it is not the URL of a storage"

// storagePaths finds the storage in the segments of a URL.
func storagePaths(parts []string) (paths []string, kind Kind, reason string) {
	for i, part := range parts {
		rest := parts[i+1:]
		switch part {
		case "storage":
			return collectionPaths(rest)
		case "v2":
			if len(rest) == 0 {
				return nil, 0, noStorageURL
			}
			switch rest[0] {
			case "actor-runs":
				return runPaths(rest[1:], 0, func(run string, k Kind) string {
					return "/actor-runs/" + run + "/" + k.RunPath()
				})
			case "acts", "actors", "actor-tasks":
				return ownerPaths(rest)
			}
			return collectionPaths(rest)
		}
	}
	return nil, 0, noStorageURL
}

// collectionPaths reads <collection>/<ref>.
func collectionPaths(parts []string) ([]string, Kind, string) {
	if len(parts) < 2 {
		return nil, 0, noStorageURL
	}
	kind, ok := kindOf(parts[0])
	if !ok || kind.Path() != parts[0] {
		return nil, 0, noStorageURL
	}
	if strings.Contains(parts[1], "/") {
		return nil, 0, "it has a slash where a name or an ID belongs"
	}
	segments, reason := storageSegments(parts[1])
	return below(kind.Path(), segments), kind, reason
}

// ownerPaths reads (acts|actors|actor-tasks)/<owner>/runs/<run>/<storage>.
func ownerPaths(parts []string) ([]string, Kind, string) {
	if len(parts) < 5 || parts[2] != "runs" {
		return nil, 0, noStorageURL
	}
	if parts[3] != "last" { // a run has a path of its own
		return runPaths(parts[3:], 0, func(run string, k Kind) string {
			return "/actor-runs/" + run + "/" + k.RunPath()
		})
	}
	owner := "acts"
	if parts[0] == "actor-tasks" {
		owner = "actor-tasks"
	}
	return runPaths(append([]string{parts[1]}, parts[4:]...), '~', func(segment string, k Kind) string {
		return lastRunPath(owner, segment, k)
	})
}

// runPaths reads <segment>/<storage of a run> and joins them; separator is what
// the segment may hold besides a name's characters.
func runPaths(parts []string, separator byte, join func(segment string, kind Kind) string) ([]string, Kind, string) {
	if len(parts) < 2 {
		return nil, 0, noStorageURL
	}
	kind, ok := kindOf(parts[1])
	if !ok || kind.RunPath() != parts[1] {
		return nil, 0, noStorageURL
	}
	if strings.Contains(parts[0], "/") {
		return nil, 0, "it has a slash where a name or an ID belongs"
	}
	segment, reason := ownedSegment(parts[0])
	if separator == 0 && reason == "" {
		reason = badSegment(parts[0])
	}
	return []string{join(segment, kind)}, kind, reason
}
