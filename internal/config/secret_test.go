package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/spf13/viper"

	"github.com/apifyctl/apifyctl/internal/secret"
)

func TestSecretDoesNotShow(t *testing.T) {
	const hidden = "hunter2"
	c := &Config{APIURL: "https://h", Token: hidden, TokenSource: "APIFY_TOKEN", Profile: "default"}
	type bare Config // without the methods of Config
	var printed bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		for _, value := range []any{c, *c, bare(*c), c.Token, &c.Token, []secret.Text{c.Token}, errors.New(c.Token.String())} {
			fmt.Fprintf(&printed, verb+"\n", value)
		}
	}
	for _, handler := range []slog.Handler{slog.NewTextHandler(&printed, nil), slog.NewJSONHandler(&printed, nil)} {
		slog.New(handler).Info("m", "config", c, "token", c.Token, "bare", bare(*c))
	}
	encoded, err := json.Marshal(bare(*c))
	if err != nil {
		t.Fatal(err)
	}
	printed.Write(encoded)
	v := viper.New()
	v.SetConfigType("yaml")
	v.Set("token", c.Token)
	if err := v.WriteConfigTo(&printed); err != nil {
		t.Fatal(err)
	}
	text := strings.ToLower(printed.String())
	for _, form := range []string{hidden, fmt.Sprintf("%x", hidden)} {
		if strings.Contains(text, form) {
			t.Errorf("the secret shows as %s in\n%s", form, text)
		}
	}
	if c.Token.Reveal() != hidden {
		t.Errorf("Reveal = %q", c.Token.Reveal())
	}
	if got := fmt.Sprint(secret.Text("")); got != "" {
		t.Errorf("no token is printed as %q", got)
	}
}
