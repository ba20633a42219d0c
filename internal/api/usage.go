package api

import (
	"context"
	"strings"
	"time"
)

// Usage is what an account has used since its current month began.
type Usage struct {
	Cycle struct {
		Start time.Time `json:"startAt"`
	} `json:"usageCycle"`
	Services map[string]ServiceUsage `json:"monthlyServiceUsage"` // by the API's names
}

// ServiceUsage is what was used of one service.
type ServiceUsage struct {
	Quantity   float64  `json:"quantity"` // in the unit that the service's name ends with
	Base       float64  `json:"baseAmountUsd"`
	Discounted *float64 `json:"amountAfterVolumeDiscountUsd"` // nil: there is no discount
}

// Cost is what it costs in US dollars.
func (s ServiceUsage) Cost() float64 {
	if s.Discounted != nil {
		return *s.Discounted
	}
	return s.Base
}

// MonthlyUsage is what the account has used in the current month.
func (c *Client) MonthlyUsage(ctx context.Context) (*Usage, error) {
	return decoded(ctx, c, getObject("/users/me/usage/monthly"), func(*Usage) error { return nil })
}

// service is the kind as services are named after it, like "KEY_VALUE_STORE_".
func (k Kind) service() string {
	return strings.ToUpper(strings.ReplaceAll(k.RunPath(), "-", "_")) + "_"
}

// OfStorages reports whether a service has to do with storages, not with runs.
func OfStorages(service string) bool {
	for _, kind := range Kinds() {
		if strings.HasPrefix(service, kind.service()) {
			return true
		}
	}
	return false
}

// KeepingPrice is what keeping a gigabyte for an hour has cost in storages of a
// kind, in US dollars; 0 where the account has kept none.
func (u *Usage) KeepingPrice(k Kind) float64 {
	kept := u.Services[k.service()+"TIMED_STORAGE_GBYTE_HOURS"]
	if kept.Quantity <= 0 {
		return 0
	}
	return kept.Cost() / kept.Quantity
}

// Limits are an account's, and how far they are used up.
type Limits struct {
	Limits struct {
		RetentionDays   float64 `json:"dataRetentionDays"`
		MonthlyUsageUSD float64 `json:"maxMonthlyUsageUsd"` // 0: none is told
	} `json:"limits"`
	Current struct {
		MonthlyUsageUSD float64 `json:"monthlyUsageUsd"`
	} `json:"current"`
}

// Limits asks for the account's limits; it need not have any.
func (c *Client) Limits(ctx context.Context) (*Limits, error) {
	return decoded(ctx, c, getObject("/users/me/limits"), func(*Limits) error { return nil })
}
