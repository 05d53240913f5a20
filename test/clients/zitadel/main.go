// Command zitadel is a relying party written with zitadel/oidc. It reads what
// party.mjs reads and writes what it learned. It owns nothing but that
// conversation, and refuses to know anything that a party would not. The library
// pushes no requests and binds no access tokens, so neither is here.
package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/zitadel/oidc/v3/pkg/client"
	"github.com/zitadel/oidc/v3/pkg/client/rp"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"golang.org/x/oauth2"
)

type party struct {
	Issuer, ClientID, RedirectURI, PostLogout, Secret string
	Netid, Wallets, Persona, Locale                   string
	JWK                                               *jose.JSONWebKey
	Offline                                           bool

	rp rp.RelyingParty
}

func main() {
	log.SetFlags(0)
	var p party
	if err := json.NewDecoder(os.Stdin).Decode(&p); err != nil {
		log.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	sub, err := p.run(ctx)
	if err != nil {
		log.Fatal(err)
	}
	json.NewEncoder(os.Stdout).Encode(map[string]string{"sub": sub})
}

func (p *party) run(ctx context.Context) (string, error) {
	scopes := []string{oidc.ScopeOpenID}
	if p.Offline {
		scopes = append(scopes, oidc.ScopeOfflineAccess)
	}
	style := oauth2.AuthStyleInHeader
	if p.JWK != nil {
		style = oauth2.AuthStyleInParams
	}
	var err error
	p.rp, err = rp.NewRelyingPartyOIDC(ctx, p.Issuer, p.ClientID, p.Secret, p.RedirectURI, scopes,
		rp.WithAuthStyle(style), rp.WithSigningAlgsFromDiscovery(), rp.WithVerifierOpts(rp.WithNonce(func(context.Context) string { return "nonce-1" })))
	if err != nil {
		return "", err
	}
	tokens, err := p.signIn(ctx)
	if err != nil {
		return "", fmt.Errorf("sign in: %w", err)
	}
	sub := tokens.IDTokenClaims.Subject
	if tokens.IDTokenClaims.Claims["age_over_18"] != true {
		return "", fmt.Errorf("the mark: %v", tokens.IDTokenClaims.Claims)
	}
	if err := p.userinfo(ctx, tokens.AccessToken, tokens.TokenType, sub); err != nil {
		return "", fmt.Errorf("userinfo: %w", err)
	}
	if p.Offline {
		if err := p.refresh(ctx, tokens, sub); err != nil {
			return "", fmt.Errorf("refresh: %w", err)
		}
	}
	if p.PostLogout != "" {
		if err := p.logout(ctx, tokens.IDToken); err != nil {
			return "", fmt.Errorf("log out: %w", err)
		}
	}
	if p.JWK == nil { // the library proves itself by a secret alone when it revokes
		if err := rp.RevokeToken(ctx, p.rp, tokens.AccessToken, "access_token"); err != nil {
			return "", fmt.Errorf("revoke: %w", err)
		}
		if p.userinfo(ctx, tokens.AccessToken, tokens.TokenType, sub) == nil {
			return "", errors.New("a revoked token is alive")
		}
	}
	return sub, nil
}

// signIn asks for the over-18 mark, and has the citizen approve.
func (p *party) signIn(ctx context.Context) (*oidc.Tokens[*oidc.IDTokenClaims], error) {
	verifier, state := oauth2.GenerateVerifier(), rand.Text()
	params := []rp.URLParamOpt{rp.WithURLParam("nonce", "nonce-1"), rp.WithURLParam("claims", `{"id_token":{"age_over_18":null}}`)}
	if p.Offline {
		params = append(params, rp.WithPromptURLParam("consent"))
	}
	opts := []rp.AuthURLOpt{rp.WithCodeChallenge(oidc.NewSHACodeChallenge(verifier))}
	for _, o := range params {
		opts = append(opts, rp.AuthURLOpt(o))
	}
	answer, err := p.citizen(ctx, rp.AuthURL(state, p.rp, opts...))
	if err != nil {
		return nil, err
	}
	if answer.Get("state") != state || answer.Get("iss") != p.Issuer {
		return nil, fmt.Errorf("state or iss: %v", answer)
	}
	exchange := []rp.CodeExchangeOpt{rp.WithCodeVerifier(verifier)}
	if p.JWK != nil {
		if err := p.refusesArray(ctx, answer.Get("code"), exchange); err != nil {
			return nil, err
		}
		proof, err := p.assertion()
		if err != nil {
			return nil, err
		}
		exchange = append(exchange, rp.WithClientAssertionJWT(proof))
	}
	return rp.CodeExchange[*oidc.IDTokenClaims](ctx, answer.Get("code"), p.rp, exchange...)
}

// refusesArray: the library's own assertion names its audience in an array, which
// this service refuses (FAPI 2.0 §5.3.2.1: the issuer, as a string).
func (p *party) refusesArray(ctx context.Context, code string, with []rp.CodeExchangeOpt) error {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: p.JWK}, nil)
	if err != nil {
		return err
	}
	own, err := client.SignedJWTProfileAssertion(p.ClientID, []string{p.Issuer}, time.Minute, signer)
	if err != nil {
		return err
	}
	_, err = rp.CodeExchange[*oidc.IDTokenClaims](ctx, code, p.rp, append(with, rp.WithClientAssertionJWT(own))...)
	var refused *oauth2.RetrieveError
	if !errors.As(err, &refused) || refused.ErrorCode != "invalid_client" {
		return fmt.Errorf("an assertion with an array of audiences: %v", err)
	}
	return nil
}

func (p *party) assertion() (string, error) {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: p.JWK}, nil)
	if err != nil {
		return "", err
	}
	now := time.Now()
	return jwt.Signed(signer).Claims(map[string]any{"iss": p.ClientID, "sub": p.ClientID, "aud": p.Issuer,
		"jti": rand.Text(), "iat": now.Unix(), "exp": now.Add(time.Minute).Unix()}).Serialize()
}

func (p *party) userinfo(ctx context.Context, token, kind, sub string) error {
	_, err := rp.Userinfo[*oidc.UserInfo](ctx, token, kind, sub, p.rp)
	return err
}

// refresh asks again without the citizen: the same person, and no mark.
func (p *party) refresh(ctx context.Context, t *oidc.Tokens[*oidc.IDTokenClaims], sub string) error {
	proof, kind := "", ""
	if p.JWK != nil {
		var err error
		if proof, err = p.assertion(); err != nil {
			return err
		}
		kind = oidc.ClientAssertionTypeJWTAssertion
	}
	// The library wants each ID token to carry the nonce that it was told; one
	// that is refreshed need not (Core §12.2).
	again, err := rp.NewRelyingPartyOIDC(ctx, p.Issuer, p.ClientID, p.Secret, p.RedirectURI, p.rp.OAuthConfig().Scopes,
		rp.WithAuthStyle(p.rp.OAuthConfig().Endpoint.AuthStyle), rp.WithSigningAlgsFromDiscovery())
	if err != nil {
		return err
	}
	fresh, err := rp.RefreshTokens[*oidc.IDTokenClaims](ctx, again, t.RefreshToken, proof, kind)
	if err != nil {
		return err
	}
	if fresh.IDTokenClaims.Subject != sub || fresh.IDTokenClaims.Claims["age_over_18"] != nil {
		return fmt.Errorf("it learned %v", fresh.IDTokenClaims.Claims)
	}
	return p.userinfo(ctx, fresh.AccessToken, fresh.TokenType, sub)
}

// logout ends this party's session; the browser, signed in nowhere, comes back at once.
func (p *party) logout(ctx context.Context, idToken string) error {
	at, err := rp.EndSession(ctx, p.rp, idToken, p.PostLogout, "state-out", "", nil)
	for ; err == nil && at != nil; at, err = hop(ctx, at) {
		if strings.HasPrefix(at.String(), p.PostLogout) {
			if at.Query().Get("state") != "state-out" {
				return fmt.Errorf("back without the state: %s", at)
			}
			return nil
		}
	}
	return fmt.Errorf("the browser did not come back: %v", err)
}

func hop(ctx context.Context, at *url.URL) (*url.URL, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), nil)
	if err != nil {
		return nil, err
	}
	resp, err := (&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Do(req)
	if err != nil {
		return nil, err
	}
	resp.Body.Close()
	return resp.Location()
}

// citizen approves, and gives the answer that the browser would bring.
func (p *party) citizen(ctx context.Context, address string) (url.Values, error) {
	cmd := exec.CommandContext(ctx, p.Netid, "persona", "approve", p.Persona, address, "--server", p.Issuer, "--wallets", p.Wallets, "--locale", p.Locale)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, err
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	final, err := url.Parse(lines[len(lines)-1])
	if err != nil {
		return nil, err
	}
	return final.Query(), nil
}
