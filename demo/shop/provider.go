package shop

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// provider is netid as the OpenID library knows it, found out when first
// needed and tried again until it answers.
type provider struct {
	Config
	client *http.Client

	mu    sync.Mutex // guards found
	found *found
}

// found is what discovery gave.
type found struct {
	oauth     oauth2.Config
	verifier  *oidc.IDTokenVerifier
	leave     string // where log-outs go; "": the provider knows none
	erasures  string // where the shop answers those who want to be forgotten
	namesSelf bool   // answers carry `iss` (RFC 9207)
}

func newProvider(c Config) *provider {
	return &provider{Config: c, client: &http.Client{Timeout: 10 * time.Second}}
}

// context carries the shop's HTTP client to the library.
func (p *provider) context(ctx context.Context) context.Context {
	return oidc.ClientContext(ctx, p.client)
}

// get gives the provider, asking it about itself the first time.
func (p *provider) get() (*found, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.found != nil {
		return p.found, nil
	}
	// The library keeps this context to fetch keys later: it must outlive the request.
	op, err := oidc.NewProvider(p.context(context.Background()), p.Issuer)
	if err != nil {
		return nil, err
	}
	var says struct {
		Leave     string `json:"end_session_endpoint"`
		Erasures  string `json:"netid_erasure_endpoint"`
		NamesSelf bool   `json:"authorization_response_iss_parameter_supported"`
	}
	if err := op.Claims(&says); err != nil {
		return nil, err
	}
	p.found = &found{
		oauth: oauth2.Config{ClientID: p.ClientID, ClientSecret: p.ClientSecret, Endpoint: op.Endpoint(),
			RedirectURL: p.BaseURL + "/callback", Scopes: []string{oidc.ScopeOpenID}},
		verifier:  op.Verifier(&oidc.Config{ClientID: p.ClientID, Now: p.Now}),
		leave:     says.Leave,
		erasures:  says.Erasures,
		namesSelf: says.NamesSelf,
	}
	p.found.oauth.Endpoint.AuthStyle = oauth2.AuthStyleInHeader
	return p.found, nil
}
