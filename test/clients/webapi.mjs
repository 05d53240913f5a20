// A relying party written with oauth4webapi at the level of FAPI 2.0: pushed
// requests, private_key_jwt, tokens bound by DPoP, and, where the party registered
// for them, signed answers (JARM). It reads and writes what party.mjs does.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { webcrypto } from 'node:crypto'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import * as oauth from 'oauth4webapi'

const party = JSON.parse(await text(process.stdin))
const http = { [oauth.allowInsecureRequests]: true }
const issuer = new URL(party.issuer)
const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, http))
const client = {
  client_id: party.clientId,
  id_token_signed_response_alg: 'ES256',
  authorization_signed_response_alg: 'ES256',
  require_auth_time: false,
}
const key = await webcrypto.subtle.importKey('jwk', party.jwk, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign'])
const proof = oauth.PrivateKeyJwt({ key, kid: party.jwk.kid })
const DPoP = oauth.DPoP(client, await oauth.generateKeyPair('ES256'))

async function citizen(decision, url) {
  const { stdout } = await promisify(execFile)(party.netid, ['persona', decision, party.persona, url.href,
    '--server', party.issuer, '--wallets', party.wallets, '--locale', party.locale])
  return new URL(stdout.trimEnd().split('\n').at(-1))
}

// withNonce asks, and once more when it is told which nonce the proof must carry.
async function withNonce(ask) {
  try {
    return await ask()
  } catch (e) {
    if (!oauth.isDPoPNonceError(e)) throw e
    return ask()
  }
}

// push takes a request to the service and gives where the browser is sent.
async function push(extra = {}) {
  const checks = { verifier: oauth.generateRandomCodeVerifier(), state: oauth.generateRandomState(), nonce: oauth.generateRandomNonce() }
  const parameters = {
    response_type: 'code',
    redirect_uri: party.redirectUri,
    scope: 'openid',
    state: checks.state,
    nonce: checks.nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(checks.verifier),
    code_challenge_method: 'S256',
    response_mode: 'jwt',
    ...extra,
  }
  const pushed = await withNonce(async () => oauth.processPushedAuthorizationResponse(as, client,
    await oauth.pushedAuthorizationRequest(as, client, proof, parameters, { DPoP, ...http })))
  const url = new URL(as.authorization_endpoint)
  url.searchParams.set('client_id', client.client_id)
  url.searchParams.set('request_uri', pushed.request_uri)
  return [url, checks]
}

async function redeem(final, checks) {
  const params = await oauth.validateJwtAuthResponse(as, client, final, checks.state, http)
  return withNonce(async () => {
    const response = await oauth.authorizationCodeGrantRequest(as, client, proof, params, party.redirectUri, checks.verifier, { DPoP, ...http })
    return oauth.processAuthorizationCodeResponse(as, client, response, { expectedNonce: checks.nonce, requireIdToken: true })
  })
}

async function userinfo(token, sub) {
  return withNonce(async () => oauth.processUserInfoResponse(as, client, sub, await oauth.userInfoRequest(as, client, token, { DPoP, ...http })))
}

// refresh asks again without the citizen: the same person, and no mark.
async function refresh(token, sub) {
  const again = await withNonce(async () => oauth.processRefreshTokenResponse(as, client,
    await oauth.refreshTokenGrantRequest(as, client, proof, token, { DPoP, ...http })))
  const claims = oauth.getValidatedIdTokenClaims(again)
  assert.equal(claims.sub, sub)
  assert.equal(claims.age_over_18, undefined)
  await userinfo(again.access_token, sub)
}

// logout ends this party's session. The library has no step for it: an address
// of its own making, and a browser that is signed in nowhere comes back at once.
async function logout(idToken) {
  let url = new URL(as.end_session_endpoint)
  url.search = new URLSearchParams({ id_token_hint: idToken, post_logout_redirect_uri: party.postLogout, state: 'state-out' })
  for (let n = 0; n < 5 && !url.href.startsWith(party.postLogout); n++) {
    const response = await fetch(url, { redirect: 'manual' })
    url = new URL(response.headers.get('location'), url)
  }
  assert.equal(url.searchParams.get('state'), 'state-out')
}

const scope = party.offline ? { scope: 'openid offline_access', prompt: 'consent' } : {}
const [url, checks] = await push({ claims: JSON.stringify({ id_token: { age_over_18: null } }), ...scope })
const final = await citizen('approve', url)
assert.deepEqual([...final.searchParams.keys()], ['response'])
const tokens = await redeem(final, checks)
assert.equal(tokens.token_type, 'dpop')
const claims = oauth.getValidatedIdTokenClaims(tokens)
assert.equal(claims.age_over_18, true)
assert.deepEqual(await userinfo(tokens.access_token, claims.sub), { sub: claims.sub })
await oauth.validateApplicationLevelSignature(as, await signed(), http)

// signed answers once more as the library checks non-repudiation: the ID token's own signature.
async function signed() {
  const [again, checked] = await push()
  const params = await oauth.validateJwtAuthResponse(as, client, await citizen('approve', again), checked.state, http)
  let response
  await withNonce(async () => {
    response = await oauth.authorizationCodeGrantRequest(as, client, proof, params, party.redirectUri, checked.verifier, { DPoP, ...http })
    return oauth.processAuthorizationCodeResponse(as, client, response, { expectedNonce: checked.nonce, requireIdToken: true })
  })
  return response
}

const state = await oauth.processIntrospectionResponse(as, client, await oauth.introspectionRequest(as, client, proof, tokens.access_token, http))
assert.equal(state.active, true)
assert.ok(state.cnf.jkt)
if (party.offline) await refresh(tokens.refresh_token, claims.sub)
if (party.postLogout) await logout(tokens.id_token)
await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, proof, tokens.access_token, http))
await assert.rejects(userinfo(tokens.access_token, claims.sub))

// A signed no.
const [refused, refusedChecks] = await push()
const no = await citizen('decline', refused)
await assert.rejects(oauth.validateJwtAuthResponse(as, client, no, refusedChecks.state, http).then((p) => oauth.validateAuthResponse(as, client, p, refusedChecks.state)),
  (e) => e.error === 'access_denied')

console.log(JSON.stringify({ sub: claims.sub }))
