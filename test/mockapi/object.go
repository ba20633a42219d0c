package mockapi

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"time"
)

const timeLayout = "2006-01-02T15:04:05.000Z"

// field keeps the order of an object's keys: the API's is fixed, Go's maps have none.
type field struct {
	name  string
	value any
}

type object []field

func (o object) MarshalJSON() ([]byte, error) {
	var text bytes.Buffer
	text.WriteByte('{')
	for i, each := range o {
		if i > 0 {
			text.WriteByte(',')
		}
		if err := appendJSON(&text, each.name); err != nil {
			return nil, err
		}
		text.WriteByte(':')
		if err := appendJSON(&text, each.value); err != nil {
			return nil, err
		}
	}
	text.WriteByte('}')
	return text.Bytes(), nil
}

// appendJSON writes < and & as they are, as JavaScript does.
func appendJSON(text *bytes.Buffer, value any) error {
	encoder := json.NewEncoder(text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return err
	}
	text.Truncate(text.Len() - 1) // the line end
	return nil
}

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// describe is a storage's object. The signing secret is in it wherever the
// caller may write, in lists too: a program must not show it from anywhere.
func (s *Server) describe(target *storage, who *caller, listed bool) object {
	described := object{
		{"id", target.id},
		{"name", orNull(target.name)},
		{"userId", target.ownerID},
		{"username", target.owner},
		{"createdAt", target.created.Format(timeLayout)},
		{"modifiedAt", target.modified.Format(timeLayout)},
		{"accessedAt", target.modified.Format(timeLayout)},
		{"actId", orNull(target.actID)},
		{"actRunId", orNull(target.runID)},
		{"generalAccess", target.access},
		{"stats", object{{"readCount", 1}, {"writeCount", 2}, {"storageBytes", 3}}},
	}
	public := s.URL() + "/v2/" + target.kind.path + "/" + target.id
	switch target.kind {
	case datasets:
		clean := 0
		for _, item := range target.items {
			if !isEmptyObject(item) {
				clean++
			}
		}
		described = append(described, field{"itemCount", len(target.items)}, field{"cleanItemCount", clean})
		if !listed {
			described = append(described, field{"itemsPublicUrl", public + "/items?signature=publicSignature"})
		}
	case keyValueStores:
		if !listed {
			described = append(described, field{"keysPublicUrl", public + "/keys?signature=publicSignature"},
				field{"recordsPublicUrl", public + "/records?signature=publicSignature"})
		}
	case requestQueues:
		handled := 0
		for _, each := range target.queue {
			if each.handled() {
				handled++
			}
		}
		described = append(described, field{"totalRequestCount", len(target.queue)}, field{"handledRequestCount", handled},
			field{"pendingRequestCount", len(target.queue) - handled}, field{"hadMultipleClients", target.severalClients})
		if listed && target.name == "" {
			described = append(described, field{"expireAt", target.modified.Add(7 * 24 * time.Hour).Format(timeLayout)})
		}
	}
	described = append(described, field{"consoleUrl", "https://console.apify.com/storage/" + target.kind.path + "/" + target.id})
	if mayWrite(who, target) == nil {
		described = append(described, field{"urlSigningSecretKey", SigningSecret})
	}
	return described
}

func isEmptyObject(item json.RawMessage) bool {
	var members map[string]any
	return json.Unmarshal(item, &members) == nil && len(members) == 0
}

var accessLevels = []string{"FOLLOW_USER_SETTING", "RESTRICTED", "ANYONE_WITH_ID_CAN_READ", "ANYONE_WITH_NAME_CAN_READ"}

func (s *Server) object(r *http.Request, who *caller, target *storage, body []byte) (answer, error) {
	switch r.Method {
	case http.MethodGet:
		return dataAnswer(http.StatusOK, s.describe(target, who, false)), nil
	case http.MethodPut:
		if err := mayWrite(who, target); err != nil {
			return answer{}, err
		}
		if err := s.update(target, r, body); err != nil {
			return answer{}, err
		}
		return dataAnswer(http.StatusOK, s.describe(target, who, false)), nil
	case http.MethodDelete:
		if err := mayWrite(who, target); err != nil {
			return answer{}, err
		}
		s.storages = slices.DeleteFunc(s.storages, func(each *storage) bool { return each == target })
		return answer{http.StatusNoContent, http.Header{}, nil}, nil
	}
	return answer{}, errorf(http.StatusMethodNotAllowed, "method-not-allowed", "This API end-point can only be accessed using the following HTTP methods: GET, PUT, DELETE")
}

func (s *Server) update(target *storage, r *http.Request, body []byte) error {
	text, err := decodeBody(r, body)
	if err != nil {
		return err
	}
	var change map[string]any
	if err := json.Unmarshal(text, &change); err != nil {
		return errorf(http.StatusBadRequest, "invalid-request", "Request body is not valid JSON: %v", err)
	}
	name, rename := change["name"]
	newName := target.name
	if rename {
		switch value := name.(type) {
		case nil:
			newName = ""
		case string:
			if err := checkName(value); err != nil {
				return err
			}
			if taken := s.byName(target.kind, target.ownerID, value); taken != nil && taken != target {
				return errorf(s.behave.TakenStatus, "name-not-unique", "Storage with this name already exists")
			}
			newName = value
		default:
			return errorf(http.StatusBadRequest, "invalid-value", "Invalid value provided in name: must be a string or null")
		}
	}
	newAccess := target.access
	if access, ok := change["generalAccess"]; ok {
		level, isText := access.(string)
		if !isText || !slices.Contains(accessLevels, level) {
			return errorf(http.StatusBadRequest, "invalid-value", "Invalid value provided in generalAccess")
		}
		newAccess = level
	}
	target.name, target.access = newName, newAccess
	s.touch(target)
	return nil
}

// touch makes a storage modified now; time passes only so.
func (s *Server) touch(target *storage) {
	s.clock = s.clock.Add(time.Minute)
	target.modified = s.clock
}
