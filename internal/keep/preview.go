package keep

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/apifyctl/apifyctl/internal/api"
)

// glimpse is how much of a storage a preview asks for.
const glimpse = "5"

// preview is the first items, keys or URLs of a storage, a line each.
func preview(ctx context.Context, client *api.Client, c *Candidate) (string, error) {
	answer, err := client.Raw(ctx, api.RawRequest{
		Method: http.MethodGet, Path: "/" + c.Kind.Path() + "/" + url.PathEscape(c.Facts.ID) + c.Kind.Contents(),
		Query: url.Values{"limit": {glimpse}},
	})
	if err != nil {
		return "", err
	}
	if c.Kind == api.KindDataset {
		return previewItems(answer.Body)
	}
	var list struct {
		Data struct {
			Items []struct {
				Key  string `json:"key"`
				Size int64  `json:"size"`
				URL  string `json:"url"`
			} `json:"items"`
		} `json:"data"`
	}
	if err := json.Unmarshal(answer.Body, &list); err != nil {
		return "", err
	}
	var text strings.Builder
	for _, item := range list.Data.Items {
		fmt.Fprintln(&text, line(cmp.Or(item.Key, item.URL)))
	}
	return cmp.Or(text.String(), "(empty)"), nil
}

func previewItems(body []byte) (string, error) {
	var items []json.RawMessage
	if err := json.Unmarshal(body, &items); err != nil {
		return "", err
	}
	var text strings.Builder
	for _, item := range items {
		var indented bytes.Buffer
		if err := json.Indent(&indented, item, "", "  "); err != nil {
			return "", err
		}
		for each := range strings.Lines(indented.String()) {
			fmt.Fprintln(&text, line(strings.TrimSuffix(each, "\n")))
		}
	}
	return cmp.Or(text.String(), "(empty)"), nil
}
