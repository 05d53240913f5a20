// A relying party written with openid-client, as its own documentation says.
// It reads one JSON object on standard input:
//   issuer, clientId, redirectUri  the party as registered
//   secret | jwk | (neither)       client_secret_basic, private_key_jwt, or PKCE alone
//   offline                        it registered to be answered again
//   pushes                         its requests go over its own line (PAR)
//   postLogout                     where it is come back to after a log-out
//   registers                      it has no clientId, and registers itself
//   dpop                           bind the tokens to a key of its own
//   netid, wallets, persona        the program that plays the citizen
//   locale                         the language the citizen reads
// and writes what it learned as one JSON object. Anything unexpected is a
// non-zero status with the reason.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { webcrypto } from 'node:crypto'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import * as client from 'openid-client'

const party = JSON.parse(await text(process.stdin))
const run = promisify(execFile)

// proof is how this party authenticates at the token endpoint.
async function proof() {
  if (party.secret) return [client.ClientSecretBasic(party.secret), 'client_secret_basic']
  if (party.jwk) {
    const key = await webcrypto.subtle.importKey('jwk', party.jwk, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign'])
    return [client.PrivateKeyJwt({ key, kid: party.jwk.kid }), 'private_key_jwt']
  }
  return [client.None(), 'none']
}

// registered is a party that nobody knew before: it registers itself (RFC 7591).
async function registered() {
  const known = await client.dynamicClientRegistration(new URL(party.issuer),
    { client_name: 'Client of the Tests', redirect_uris: [party.redirectUri], id_token_signed_response_alg: 'ES256', require_auth_time: true, netid_offline: 30 },
    undefined, { execute: [client.allowInsecureRequests] })
  const said = known.clientMetadata()
  assert.ok(said.client_secret.length >= 32)
  assert.equal(said.subject_type, 'pairwise')
  return { clientId: said.client_id, secret: said.client_secret }
}

// citizen decides on an authorization request and gives the final address.
async function citizen(decision, url, ...flags) {
  const args = ['persona', decision, party.persona, url.href, '--server', party.issuer, '--wallets', party.wallets, '--locale', party.locale, ...flags]
  const { stdout } = await run(party.netid, args)
  return new URL(stdout.trimEnd().split('\n').at(-1))
}

if (party.registers) Object.assign(party, await registered())
const [authentication, method] = await proof()
const config = await client.discovery(new URL(party.issuer), party.clientId,
  { id_token_signed_response_alg: 'ES256', token_endpoint_auth_method: method, require_auth_time: true },
  authentication, { execute: [client.allowInsecureRequests] })
const server = config.serverMetadata()
assert.equal(server.issuer, party.issuer)
assert.deepEqual(server.code_challenge_methods_supported, ['S256'])
assert.deepEqual(server.subject_types_supported, ['pairwise'])
assert.ok(server.token_endpoint_auth_methods_supported.includes(method), `${method} is not offered`)

// bound carries this party's own key, with which it proves that a request is its own.
const bound = party.dpop ? { DPoP: client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256')) } : undefined

// request makes an authorization request and what its answer is checked with.
async function request(extra = {}) {
  const checks = {
    pkceCodeVerifier: client.randomPKCECodeVerifier(),
    expectedState: client.randomState(),
    expectedNonce: client.randomNonce(),
    idTokenExpected: true,
  }
  const parameters = {
    redirect_uri: party.redirectUri,
    scope: 'openid',
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    code_challenge: await client.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
    code_challenge_method: 'S256',
    ...extra,
  }
  return [party.pushes ? await client.buildAuthorizationUrlWithPAR(config, parameters, bound) : client.buildAuthorizationUrl(config, parameters), checks]
}

const over18 = JSON.stringify({ id_token: { age_over_18: null, auth_time: { essential: true } }, userinfo: { age_over_18: null } })

// The wine: a passcode, the time of the approval, and the over-18 mark.
const [url, checks] = await request({ claims: over18, acr_values: 'urn:netid:acr:cert-pwd' })
const before = Math.floor(Date.now() / 1000) - 5
const final = await citizen('approve', url)
const tokens = await client.authorizationCodeGrant(config, final, checks, undefined, bound)
const claims = tokens.claims()
assert.equal(claims.age_over_18, true)
assert.equal(claims.acr, 'urn:netid:acr:cert-pwd')
assert.ok(claims.auth_time >= before, 'auth_time is this approval')
const info = await client.fetchUserInfo(config, tokens.access_token, claims.sub, bound)
assert.equal(info.age_over_18, true)

assert.equal(tokens.token_type, party.dpop ? 'dpop' : 'bearer')

// What it may still say, as the party that it was given to is told; with no key to show, nobody is.
if (party.secret || party.jwk) {
  const state = await client.tokenIntrospection(config, tokens.access_token)
  assert.equal(state.active, true)
  assert.equal(state.sub, claims.sub)
  assert.equal(Boolean(state.cnf?.jkt), Boolean(party.dpop))
}
if (party.dpop) {
  await assert.rejects(client.fetchUserInfo(config, tokens.access_token, claims.sub))
  const stranger = client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256'))
  await assert.rejects(client.fetchUserInfo(config, tokens.access_token, claims.sub, { DPoP: stranger }))
}

// Nothing but what was asked: no name, birth date, document, phone or number.
const expected = new Set(['iss', 'sub', 'aud', 'exp', 'iat', 'nonce', 'acr', 'sid', 'auth_time', 'age_over_18', 'jti', 'receipt', 'receipt_id', 'at_hash'])
for (const name of Object.keys(claims)) assert.ok(expected.has(name), `an ID token with ${name}`)
for (const name of Object.keys(info)) assert.ok(['sub', 'age_over_18'].includes(name), `UserInfo with ${name}`)

// The same code again is refused, and what the first use gave is dead.
await assert.rejects(client.authorizationCodeGrant(config, final, checks, undefined, bound), (e) => e.error === 'invalid_grant')
await assert.rejects(client.fetchUserInfo(config, tokens.access_token, claims.sub, bound))

// Sign in with nothing else asked: the same pseudonym, no mark, no auth_time asked for.
const plainConfig = await client.discovery(new URL(party.issuer), party.clientId,
  { id_token_signed_response_alg: 'ES256', token_endpoint_auth_method: method }, authentication, { execute: [client.allowInsecureRequests] })
const [plain, plainChecks] = await request()
const signedIn = await client.authorizationCodeGrant(plainConfig, await citizen('approve', plain), plainChecks, undefined, bound)
assert.equal(signedIn.claims().sub, claims.sub)
assert.equal(signedIn.claims().age_over_18, undefined)
assert.equal(signedIn.claims().auth_time, undefined)

// A token that its party gives up is dead.
await client.fetchUserInfo(plainConfig, signedIn.access_token, claims.sub, bound)
await client.tokenRevocation(plainConfig, signedIn.access_token)
await assert.rejects(client.fetchUserInfo(plainConfig, signedIn.access_token, claims.sub, bound))

// To be answered again, without the citizen: the same person, the first approval's
// time, no nonce and no mark. A party that proves nothing changes its token each time.
if (party.offline) {
  const [lasting, lastingChecks] = await request({ scope: 'openid offline_access', claims: over18, prompt: 'consent' })
  const kept = await client.authorizationCodeGrant(config, await citizen('approve', lasting), lastingChecks, undefined, bound)
  assert.equal(kept.scope, 'openid offline_access')
  const once = !party.secret && !party.jwk && !party.dpop
  let token = kept.refresh_token
  assert.ok(token)
  for (let n = 0; n < 3; n++) {
    const again = await client.refreshTokenGrant(config, token, n === 1 ? { scope: 'openid' } : undefined, bound)
    assert.equal(again.claims().sub, claims.sub)
    assert.equal(again.claims().nonce, undefined)
    assert.equal(again.claims().age_over_18, undefined)
    assert.equal(again.claims().auth_time, kept.claims().auth_time)
    assert.equal(again.scope, n === 1 ? 'openid' : 'openid offline_access')
    assert.deepEqual(await client.fetchUserInfo(config, again.access_token, claims.sub, bound), { sub: claims.sub })
    assert.equal(Boolean(again.refresh_token), once)
    token = again.refresh_token ?? token
  }
  if (party.dpop && !party.jwk) { // nobody else's key
    const stranger = client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256'))
    await assert.rejects(client.refreshTokenGrant(config, token, undefined, { DPoP: stranger }), (e) => e.error === 'invalid_grant')
    await assert.rejects(client.refreshTokenGrant(config, token), (e) => e.error === 'invalid_grant')
  }
  if (party.secret || party.jwk) assert.equal((await client.tokenIntrospection(config, token)).active, true)
  if (once) await assert.rejects(client.refreshTokenGrant(config, kept.refresh_token), (e) => e.error === 'invalid_grant')
  else await client.tokenRevocation(config, token, { token_type_hint: 'refresh_token' })
  await assert.rejects(client.refreshTokenGrant(config, token, undefined, bound), (e) => e.error === 'invalid_grant')
}

// A log-out ends the party's session and its tokens; a browser that is signed in nowhere comes back at once.
if (party.postLogout) {
  const [session, sessionChecks] = await request()
  const over = await client.authorizationCodeGrant(plainConfig, await citizen('approve', session), sessionChecks, undefined, bound)
  let at = client.buildEndSessionUrl(plainConfig, { id_token_hint: over.id_token, post_logout_redirect_uri: party.postLogout, state: 'state-out' })
  for (let n = 0; n < 5 && !at.href.startsWith(party.postLogout); n++) {
    at = new URL((await fetch(at, { redirect: 'manual' })).headers.get('location'), at)
  }
  assert.equal(at.searchParams.get('state'), 'state-out')
  await assert.rejects(client.fetchUserInfo(plainConfig, over.access_token, claims.sub, bound))
}

// The mark withheld: the claim is absent, the sign-in succeeds.
const [asked, askedChecks] = await request({ claims: JSON.stringify({ id_token: { age_over_18: null } }) })
const kept = await client.authorizationCodeGrant(plainConfig, await citizen('approve', asked, '--withhold', 'age_over_18'), askedChecks, undefined, bound)
assert.equal(kept.claims().age_over_18, undefined)

// Declined: the one public word for every no.
const [refused, refusedChecks] = await request()
const no = await citizen('decline', refused)
await assert.rejects(client.authorizationCodeGrant(plainConfig, no, refusedChecks, undefined, bound), (e) => e.error === 'access_denied')

// A wrong verifier spoils the code.
const [stolen, stolenChecks] = await request()
const taken = await citizen('approve', stolen)
await assert.rejects(client.authorizationCodeGrant(plainConfig, taken, { ...stolenChecks, pkceCodeVerifier: client.randomPKCECodeVerifier() }, undefined, bound),
  (e) => e.error === 'invalid_grant')

console.log(JSON.stringify({ sub: claims.sub, acr: claims.acr, issuer: claims.iss, audience: claims.aud }))
