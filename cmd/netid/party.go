package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

type serverFlag struct {
	Server string `default:"http://localhost:7080" placeholder:"URL" help:"The sandbox's address."`
}

type partyCmd struct {
	Add partyAddCmd `cmd:"" help:"Register a relying party and print its settings as JSON."`
}

type partyAddCmd struct {
	serverFlag
	ID          string            `required:"" help:"Client identifier: a-z, 0-9 and hyphens."`
	Name        string            `required:"" help:"Registered legal name, as citizens read it."`
	NameZH      string            `name:"name-zh" help:"The same in Chinese."`
	RedirectURI []string          `required:"" name:"redirect-uri" sep:"none" help:"Exact redirect URI; may be repeated."`
	JWKS        string            `name:"jwks" placeholder:"FILE" type:"existingfile" help:"Public keys: authenticate by private_key_jwt."`
	Public      bool              `help:"No secret: PKCE alone."`
	Purpose     string            `help:"Why the party asks."`
	PurposeZH   string            `name:"purpose-zh" help:"The same in Chinese."`
	AgeMark     map[string]string `name:"age-mark" mapsep:"none" placeholder:"MARK=CITATION" help:"An age mark and the law it rests on, e.g. over18=…; may be repeated."`
	Basis       map[string]string `mapsep:"none" placeholder:"ITEM=CITATION" help:"A plaintext item and the law it rests on; may be repeated."`
}

// Run posts the application to the sandbox's admission door. The operator
// token of a sandbox is a public word: nothing in a sandbox is worth a secret.
func (c *partyAddCmd) Run(s *surroundings) error {
	in := map[string]any{"id": c.ID, "name": c.Name, "name_zh": c.NameZH, "redirect_uris": c.RedirectURI, "public": c.Public,
		"purpose": c.Purpose, "purpose_zh": c.PurposeZH, "age_marks": c.AgeMark, "bases": c.Basis}
	if c.JWKS != "" {
		keys, err := os.ReadFile(c.JWKS)
		if err != nil {
			return err
		}
		if !json.Valid(keys) {
			return fmt.Errorf("%s is not JSON", c.JWKS)
		}
		in["jwks"] = json.RawMessage(keys)
	}
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	return post(s.ctx, strings.TrimSuffix(c.Server, "/")+"/admin/parties", body, s.out)
}

func post(ctx context.Context, url string, body []byte, out io.Writer) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+sandboxToken)
	resp, err := (&http.Client{Timeout: 30 * time.Second}).Do(req)
	if err != nil {
		return fmt.Errorf("no sandbox answers: %w", err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusCreated {
		return fmt.Errorf("refused (%s): %s", resp.Status, strings.TrimSpace(string(answer)))
	}
	_, err = fmt.Fprintln(out, strings.TrimSpace(string(answer)))
	return err
}
