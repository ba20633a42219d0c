package api

import (
	"encoding/json"
	"time"

	"github.com/apifyctl/apifyctl/internal/secret"
)

// Access says who may read a storage, besides those who have been given rights.
type Access string

// The API's access levels. A change can take a minute to take effect everywhere.
const (
	AccessRestricted     Access = "RESTRICTED"
	AccessAnyoneWithID   Access = "ANYONE_WITH_ID_CAN_READ"
	AccessAnyoneWithName Access = "ANYONE_WITH_NAME_CAN_READ"
	AccessFollowUser     Access = "FOLLOW_USER_SETTING" // the account's default
)

// Storage is what storages of all kinds have in common. Text is "" where the
// API says null. Items of a list lack some of it.
type Storage struct {
	ID                  string      `json:"id"`
	Name                string      `json:"name"`
	Title               string      `json:"title"`
	UserID              string      `json:"userId"`
	Username            string      `json:"username"`
	ActID               string      `json:"actId"`
	ActRunID            string      `json:"actRunId"`
	CreatedAt           time.Time   `json:"createdAt"`
	ModifiedAt          time.Time   `json:"modifiedAt"`
	AccessedAt          time.Time   `json:"accessedAt"`
	ExpireAt            *time.Time  `json:"expireAt"` // the API gives it for listed request queues only
	GeneralAccess       Access      `json:"generalAccess"`
	ConsoleURL          string      `json:"consoleUrl"`
	URLSigningSecretKey secret.Text `json:"urlSigningSecretKey"` // signs public links; "" without write permission

	// Raw is the API's own object, compact, its members in their order and
	// spelling, without urlSigningSecretKey and without the signatures of links.
	Raw json.RawMessage `json:"-"`
}

// Dataset is a dataset's facts, not its items.
type Dataset struct {
	Storage
	ItemCount      int64        `json:"itemCount"`
	CleanItemCount int64        `json:"cleanItemCount"`
	Stats          DatasetStats `json:"stats"`
}

// DatasetStats counts operations and bytes.
type DatasetStats struct {
	ReadCount     int64 `json:"readCount"`
	WriteCount    int64 `json:"writeCount"`
	StorageBytes  int64 `json:"storageBytes"`
	InflatedBytes int64 `json:"inflatedBytes"`
}

// KeyValueStore is a key-value store's facts, not its records.
type KeyValueStore struct {
	Storage
	Stats KeyValueStoreStats `json:"stats"`
}

// KeyValueStoreStats counts operations and bytes.
type KeyValueStoreStats struct {
	ReadCount      int64 `json:"readCount"`
	WriteCount     int64 `json:"writeCount"`
	DeleteCount    int64 `json:"deleteCount"`
	ListCount      int64 `json:"listCount"`
	StorageBytes   int64 `json:"storageBytes"`
	S3StorageBytes int64 `json:"s3StorageBytes"`
}

// RequestQueue is a request queue's facts, not its requests.
type RequestQueue struct {
	Storage
	TotalRequestCount   int64             `json:"totalRequestCount"`
	HandledRequestCount int64             `json:"handledRequestCount"`
	PendingRequestCount int64             `json:"pendingRequestCount"`
	HadMultipleClients  bool              `json:"hadMultipleClients"`
	Stats               RequestQueueStats `json:"stats"`
}

// RequestQueueStats counts operations and bytes.
type RequestQueueStats struct {
	ReadCount         int64 `json:"readCount"`
	WriteCount        int64 `json:"writeCount"`
	DeleteCount       int64 `json:"deleteCount"`
	HeadItemReadCount int64 `json:"headItemReadCount"`
	StorageBytes      int64 `json:"storageBytes"`
}
