package requests

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/apifyctl/apifyctl/internal/uniquekey"
)

// Defaults are what is said of every request that does not say it itself.
type Defaults struct {
	Method, Label string
	Headers       map[string]string
	Extended      bool // unique keys have method and payload in them
}

// request completes a request: what it says itself stays.
func (d Defaults) request(row json.RawMessage) (json.RawMessage, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(row, &members); err != nil {
		return nil, err
	}
	var key uniquekey.Request
	var given, payload string
	for name, into := range map[string]*string{"url": &key.URL, "method": &key.Method, "uniqueKey": &given, "payload": &payload} {
		if raw := members[name]; raw != nil && json.Unmarshal(raw, into) != nil {
			return nil, fmt.Errorf("%s is not a string", name)
		}
	}
	key.Extended = d.Extended
	for name, into := range map[string]*bool{"keepUrlFragment": &key.KeepFragment, "useExtendedUniqueKey": &key.Extended} {
		if raw := members[name]; raw != nil && json.Unmarshal(raw, into) != nil {
			return nil, fmt.Errorf("%s is neither true nor false", name)
		}
		delete(members, name) // it is about the unique key, and no part of a request
	}
	if key.URL == "" {
		return nil, errors.New("there is no url")
	}
	set := func(name string, value any) error {
		text, err := json.Marshal(value)
		members[name] = text
		return err
	}
	if key.Method == "" {
		key.Method = strings.ToUpper(d.Method)
		if key.Method == "" {
			key.Method = "GET"
		}
		if err := set("method", key.Method); err != nil {
			return nil, err
		}
	}
	if given == "" {
		key.Payload = []byte(payload)
		if err := set("uniqueKey", uniquekey.Of(key)); err != nil {
			return nil, err
		}
	}
	if d.Label != "" {
		userData := map[string]any{"label": d.Label}
		if err := overlay(userData, members["userData"]); err != nil {
			return nil, fmt.Errorf("userData: %w", err)
		}
		if err := set("userData", userData); err != nil {
			return nil, err
		}
	}
	if len(d.Headers) > 0 {
		headers := map[string]any{}
		for name, value := range d.Headers {
			headers[name] = value
		}
		if err := overlay(headers, members["headers"]); err != nil {
			return nil, fmt.Errorf("headers: %w", err)
		}
		if err := set("headers", headers); err != nil {
			return nil, err
		}
	}
	delete(members, "id") // it follows from the unique key
	return json.Marshal(members)
}

// overlay sets the members of an object over defaults.
func overlay(into map[string]any, object json.RawMessage) error {
	if object == nil {
		return nil
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(object, &members); err != nil {
		return err
	}
	for name, value := range members {
		into[name] = value
	}
	return nil
}
