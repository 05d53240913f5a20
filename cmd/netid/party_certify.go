package main

import (
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"

	"netid/internal/identity"
)

type partyCertifyCmd struct {
	doorFlag
	ID   string `arg:"" help:"Client identifier."`
	CSR  string `name:"csr" required:"" placeholder:"FILE" type:"existingfile" help:"Its request for a certificate (PKCS #10, PEM), of a key on P-256. The names in it are not read: the register says them."`
	JSON bool   `help:"Print the door's JSON."`
}

// Run prints the chain as the party needs it for x5c: its own certificate first, without the root.
func (c *partyCertifyCmd) Run(s *surroundings) error {
	request, err := os.ReadFile(c.CSR)
	if err != nil {
		return err
	}
	answer, err := c.ask(s.ctx, http.MethodPost, partyPath(c.ID, "/certify"), map[string]any{"csr": string(request)})
	if err != nil || c.JSON {
		fmt.Fprint(s.out, string(answer))
		return err
	}
	var p struct {
		Requests []identity.RequestCertificate `json:"request_certificates"`
	}
	if err := json.Unmarshal(answer, &p); err != nil {
		return fmt.Errorf("the answer is not understood: %w", err)
	}
	if len(p.Requests) == 0 {
		return errors.New("the answer has no certificate")
	}
	for _, der := range p.Requests[0].Chain {
		if err := pem.Encode(s.out, &pem.Block{Type: "CERTIFICATE", Bytes: der}); err != nil {
			return err
		}
	}
	return nil
}

type partyStatementCmd struct {
	doorFlag
	ID string `arg:"" help:"Client identifier."`
}

func (c *partyStatementCmd) Run(s *surroundings) error {
	answer, err := c.ask(s.ctx, http.MethodGet, "/trust/parties/"+url.PathEscape(c.ID), nil)
	if err == nil {
		fmt.Fprintln(s.out, string(answer))
	}
	return err
}
