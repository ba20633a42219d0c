// Package account is whose a storage directory is, and which runs its storages
// belong to.
package account

import (
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/apifyctl/apifyctl/internal/local/directory"
	"github.com/apifyctl/apifyctl/internal/local/wire"
)

// User owns a storage directory.
type User struct {
	ID   string
	Name string
}

// DefaultUser owns a directory where nobody else was named.
func DefaultUser() User { return User{ID: "LocalStorageUser1", Name: "local"} }

// NewUser makes the user of a name; the ID follows from it.
func NewUser(name string) (User, error) {
	if !directory.ValidName(name) || directory.IsDeviceName(name) {
		return User{}, errors.New("a user's name has at most 63 letters and digits, and hyphens inside")
	}
	name = strings.ToLower(name)
	return User{ID: directory.HashedID([]byte("users\x00" + name)), Name: name}, nil
}

// GetMe answers with the account. Clients check that the email address is one,
// and some refuse names that are reserved for no use at all.
func (a *Handler) GetMe(w http.ResponseWriter, _ *http.Request) error {
	wire.WriteData(w, http.StatusOK, map[string]any{
		"id": a.user.ID, "username": a.user.Name, "profile": struct{}{}, "isPaying": false,
		"email": a.user.Name + "@example.com", "createdAt": wire.Time(time.Unix(0, 0)),
		"plan":                      localPlan(),
		"proxy":                     map[string]any{"password": "", "groups": []string{}},
		"effectivePlatformFeatures": platformFeatures(),
	})
	return nil
}

// localPlan has the members that the API's clients count on. Nothing costs
// anything, and what is zero does not exist here.
func localPlan() map[string]any {
	plan := map[string]any{
		"id": "LOCAL", "description": "A local storage directory", "isEnabled": true, "dataRetentionDays": localRetentionDays,
		"availableProxyGroups": struct{}{}, "enabledPlatformFeatures": []string{"STORAGE"},
		"supportLevel": "NONE", "availableAddOns": []string{},
	}
	for _, name := range []string{
		"monthlyBasePriceUsd", "monthlyUsageCreditsUsd", "usageDiscountPercent", "maxMonthlyUsageUsd", "maxActorMemoryGbytes",
		"maxMonthlyActorComputeUnits", "maxMonthlyResidentialProxyGbytes", "maxMonthlyProxySerps",
		"maxMonthlyExternalDataTransferGbytes", "maxActorCount", "maxActorTaskCount", "teamAccountSeatCount",
	} {
		plan[name] = 0
	}
	return plan
}

// localRetentionDays is as long as can be said: storages do not expire.
const localRetentionDays = 36_500

type platformFeature struct {
	IsEnabled          bool       `json:"isEnabled"`
	DisabledReason     *string    `json:"disabledReason"`
	DisabledReasonType *string    `json:"disabledReasonType"`
	IsTrial            bool       `json:"isTrial"`
	TrialExpirationAt  *wire.Time `json:"trialExpirationAt"`
}

// platformFeatures are all that the API names; storages are what there is here.
func platformFeatures() map[string]platformFeature {
	features := map[string]platformFeature{"STORAGE": {IsEnabled: true}}
	for _, name := range []string{
		"ACTORS", "SCHEDULER", "PROXY", "PROXY_EXTERNAL_ACCESS", "PROXY_RESIDENTIAL", "PROXY_SERPS", "WEBHOOKS",
		"ACTORS_PUBLIC_ALL", "ACTORS_PUBLIC_DEVELOPER",
	} {
		features[name] = platformFeature{
			DisabledReason:     new("A local storage directory has storages only"),
			DisabledReasonType: new("DISABLED"),
		}
	}
	return features
}

// GetUser answers GET of a user; there is the owner alone.
func (a *Handler) GetUser(w http.ResponseWriter, r *http.Request) error {
	if user := r.PathValue("user"); user != a.user.ID && !strings.EqualFold(user, a.user.Name) {
		return wire.NewError(http.StatusNotFound, "record-or-token-not-found", "User was not found or access denied")
	}
	wire.WriteData(w, http.StatusOK, map[string]any{"id": a.user.ID, "username": a.user.Name, "profile": struct{}{}})
	return nil
}

// accountLimits are the limits that a user can set. They are kept and answered;
// nothing here costs anything or expires.
type accountLimits struct {
	MaxMonthlyUsageUSD *float64 `json:"maxMonthlyUsageUsd,omitempty"`
	DataRetentionDays  *float64 `json:"dataRetentionDays,omitempty"`
}

const limitsFile = "limits.json"

func (a *Handler) readLimits() (set accountLimits, err error) {
	err = a.ReadFile(limitsFile, &set)
	return set, err
}

// GetLimits answers with the API's fields. Zero stands for what does not exist
// here; storages do not expire, so the retention is as long as can be said.
func (a *Handler) GetLimits(w http.ResponseWriter, _ *http.Request) error {
	set, err := a.readLimits()
	if err != nil {
		return err
	}
	limits, current := map[string]float64{"dataRetentionDays": localRetentionDays}, map[string]float64{"activeActorJobCount": 0}
	for _, name := range []string{
		"MonthlyUsageUsd", "MonthlyActorComputeUnits", "MonthlyExternalDataTransferGbytes", "MonthlyProxySerps",
		"MonthlyResidentialProxyGbytes", "ActorMemoryGbytes", "ActorCount", "ActorTaskCount", "TeamAccountSeatCount", "ScheduleCount",
	} {
		limits["max"+name] = 0
		current[strings.ToLower(name[:1])+name[1:]] = 0
	}
	limits["maxConcurrentActorJobs"] = 0
	if set.MaxMonthlyUsageUSD != nil {
		limits["maxMonthlyUsageUsd"] = *set.MaxMonthlyUsageUSD
	}
	if set.DataRetentionDays != nil {
		limits["dataRetentionDays"] = *set.DataRetentionDays
	}
	wire.WriteData(w, http.StatusOK, map[string]any{"monthlyUsageCycle": thisMonth(), "limits": limits, "current": current})
	return nil
}

// SetLimits answers PUT of the limits; what is not named stays.
func (a *Handler) SetLimits(w http.ResponseWriter, r *http.Request) error {
	set, err := a.readLimits()
	if err != nil {
		return err
	}
	if err := wire.ReadObject(w, r, &set); err != nil {
		return err
	}
	if days := set.DataRetentionDays; days != nil && (*days < 1 || *days != math.Trunc(*days)) {
		return wire.InvalidValue("dataRetentionDays must be a whole number, one or more")
	}
	if usd := set.MaxMonthlyUsageUSD; usd != nil && *usd < 0 {
		return wire.InvalidValue("maxMonthlyUsageUsd must not be negative")
	}
	if err := a.WriteFile(limitsFile, set); err != nil {
		return err
	}
	wire.WriteJSON(w, http.StatusCreated, struct{}{})
	return nil
}

// GetUsage answers with a month in which nothing was used that costs anything.
func (a *Handler) GetUsage(w http.ResponseWriter, r *http.Request) error {
	cycle := thisMonth()
	if text := r.URL.Query().Get("date"); text != "" {
		date, err := time.Parse(time.DateOnly, text)
		if err != nil {
			return wire.InvalidValue("The parameter %q must be a date such as 2020-06-14", "date")
		}
		cycle = month(date)
	}
	wire.WriteData(w, http.StatusOK, map[string]any{
		"usageCycle": cycle, "monthlyServiceUsage": struct{}{}, "dailyServiceUsages": []json.RawMessage{},
		"totalUsageCreditsUsdBeforeVolumeDiscount": 0, "totalUsageCreditsUsdAfterVolumeDiscount": 0,
	})
	return nil
}

func thisMonth() map[string]wire.Time { return month(time.Now().UTC()) }

func month(day time.Time) map[string]wire.Time {
	start := time.Date(day.Year(), day.Month(), 1, 0, 0, 0, 0, time.UTC)
	return map[string]wire.Time{"startAt": wire.Time(start), "endAt": wire.Time(start.AddDate(0, 1, 0).Add(-time.Millisecond))}
}

// Handler answers requests about the user who owns a directory, and about runs.
type Handler struct {
	*directory.Directory
	user User
}

// New makes the account of a directory; the zero User is DefaultUser.
func New(d *directory.Directory, user User) *Handler {
	if user == (User{}) {
		user = DefaultUser()
	}
	return &Handler{Directory: d, user: user}
}

// Describer adds the owner, and the run whose default storage one is.
func (a *Handler) Describer(root *os.Root) (func(*directory.Storage, *directory.Object), error) {
	var runs runList
	if root != nil {
		var err error
		if runs, err = readRuns(root); err != nil {
			return nil, err
		}
	}
	return func(found *directory.Storage, object *directory.Object) {
		object.UserID, object.Username = a.user.ID, a.user.Name
		if run := runs.of(found); run != nil {
			object.ActID, object.ActRunID = &run.ActorID, &run.ID
		}
	}, nil
}
