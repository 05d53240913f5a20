package main

import (
	"strings"

	"netid/internal/tool/ready"
)

type readyCmd struct {
	Library  string `arg:"" help:"For which library: node, go, apache, authlib, spring."`
	Server   string `required:"" placeholder:"URL" help:"The service's address, its issuer."`
	Party    string `required:"" placeholder:"ID" help:"The application's client id."`
	Redirect string `name:"redirect-uri" required:"" placeholder:"URL" help:"One of its redirect URIs."`
	Key      string `name:"key-id" default:"k1" placeholder:"KID" help:"The kid of its key (default: ${default})."`
	Pushes   bool   `help:"The application registered pushed requests."`
	DPoP     bool   `name:"dpop" help:"It registered that its tokens are bound by DPoP."`
	FAPI     bool   `name:"fapi" help:"It registered FAPI 2.0."`
}

// Run prints the text, and nothing else: it is saved as it stands.
func (c *readyCmd) Run(s *surroundings) error {
	b, err := ready.For(c.Library, ready.Application{Issuer: strings.TrimSuffix(c.Server, "/"), ClientID: c.Party, Redirect: c.Redirect, Key: c.Key, Pushes: c.Pushes, DPoP: c.DPoP, FAPI: c.FAPI})
	if err != nil {
		return err
	}
	_, err = s.out.Write(b)
	return err
}
