package kvs

import (
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

func openStore(a *app.App, ref api.Ref) (transfer.Store, error) {
	client, err := a.Client()
	if err != nil {
		return transfer.Store{}, err
	}
	return transfer.Store{KeyValueStores: client.KeyValueStores(), Ref: ref}, nil
}
