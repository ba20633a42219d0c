// Package requestfile reads and writes the files in which the SDKs keep the
// requests of a queue. What it hands out is the request as the API has it.
package requestfile

import "encoding/json"

// Layout is how an SDK lays a request out in its file.
type Layout uint8

const (
	// Crawlee3 is Crawlee 3's for JavaScript, and the Apify SDK for Python's
	// before 2.0: {id, json, method, orderNo, retryCount, uniqueKey, url}, the
	// request as text in json. Python's orderNo is text.
	Crawlee3 Layout = iota
	// Python01 is Crawlee for Python's from 0.1 to 0.4: the request in snake_case
	// with order_no, and again as text in json_. Up to 0.1 the outer members are
	// not those of the request: json_ counts.
	Python01
	// Python05 is Crawlee for Python's 0.5 and 0.6:
	// {id, unique_key, order_no, handled_at, request}.
	Python05
	// Python1 is Crawlee for Python's from 1.0 on: the request in snake_case. Its
	// order is in the queue's State.
	Python1
	// Flat is the request itself, as Crawlee 4 has it, and before 0.21 the SDK
	// for JavaScript.
	Flat
)

func (l Layout) python() bool { return l == Python01 || l == Python05 || l == Python1 }

// Ordered tells that the order is in the file and nowhere else.
func (l Layout) Ordered() bool { return !l.hexNames() }

// hexNames tells that the SDK finds a request by the hexadecimal hash of its
// unique key.
func (l Layout) hexNames() bool { return l == Python1 || l == Flat }

// orderMember is the member that has the order, and whether it is text.
func (l Layout) orderMember() (name string, isText bool) {
	if l == Python01 || l == Python05 {
		return "order_no", true
	}
	return "orderNo", false
}

// OfMetadata is the layout in which the SDK that wrote a queue's metadata file
// looks for requests. Where there is no such file it is Crawlee 3.
//
// Before 1.0 Crawlee for Python gives queues a user, JavaScript and the Apify
// SDK for Python do so too.
func OfMetadata(text []byte) Layout {
	var m struct {
		CreatedAt       string          `json:"createdAt"`
		CreatedAtPython string          `json:"created_at"`
		UserID          json.RawMessage `json:"userId"`
		UserIDPython    json.RawMessage `json:"user_id"`
	}
	switch err := json.Unmarshal(text, &m); {
	case err != nil:
		return Crawlee3
	case m.CreatedAtPython != "" && m.UserIDPython != nil:
		return Python05
	case m.CreatedAtPython != "":
		return Python1
	case m.CreatedAt != "" && m.UserID == nil:
		return Flat
	}
	return Crawlee3
}
