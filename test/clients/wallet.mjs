// A wallet of other people's libraries, from the offer to the answer. It reads
// one JSON object on standard input:
//   issuer, roots          the service, and the certificates (PEM) that this wallet trusts
//   offer, offerTx, tx     two offers; the second wants the code tx
//   links                  requests of readers, all for age_over_18
// and writes what came of each. Anything unexpected is a non-zero status.
import assert from 'node:assert/strict'
import { text } from 'node:stream/consumers'
import * as jose from 'jose'
import { certificates, signed, Wallet } from './holding.mjs'

const say = JSON.parse(await text(process.stdin))
const roots = certificates(say.roots)
const wallet = new Wallet(roots)
const age = `${say.issuer}/credentials/age`

// Bearer, without a code: no refresh token. The same offer brings nothing twice.
const plain = await wallet.redeem(say.offer)
assert.equal(plain.offered.credential_issuer, say.issuer)
assert.deepEqual(plain.offered.credential_configuration_ids, ['age', 'person'])
assert.ok(wallet.verified.includes('openidvci-issuer-metadata+jwt'), 'the metadata came unsigned')
assert.equal(plain.answer.token_type, 'Bearer')
assert.equal(plain.answer.refresh_token, undefined)
await wallet.receive(plain, 'person', 1)
await assert.rejects(wallet.redeem(say.offer), (e) => e.errorResponse?.error === 'invalid_grant')
await assert.rejects(wallet.receive(plain, 'person', 1), (e) => e.response.credentialErrorResponseResult?.data?.error === 'credential_request_denied')

// With a code, bound to a key: a wrong code is refused and does not use the offer up.
await assert.rejects(wallet.redeem(say.offerTx, { txCode: '0', dpop: true }), (e) => e.errorResponse?.error === 'invalid_grant')
const bound = await wallet.redeem(say.offerTx, { txCode: say.tx, dpop: true })
assert.equal(bound.offered.grants['urn:ietf:params:oauth:grant-type:pre-authorized_code'].tx_code.length, say.tx.length)
assert.equal(bound.answer.token_type, 'DPoP')
assert.ok(bound.answer.refresh_token)
const renewed = await wallet.renew(bound)
assert.notEqual(renewed.answer.access_token, bound.answer.access_token)
await assert.rejects(wallet.renew({ ...bound, dpop: { signer: { ...bound.dpop.signer, publicJwk: await wallet.key() } } }), (e) => e.errorResponse?.error === 'invalid_grant')
const held = [...await wallet.receive(bound, 'age', 3), ...await wallet.receive(renewed, 'age', 2)]
await assert.rejects(wallet.receive({ ...bound, dpop: undefined }, 'age', 1))
await assert.rejects(wallet.receive(bound, 'age', bound.issuerMetadata.credentialIssuer.batch_credential_issuance.batch_size + 1))

// What was received, as sd-jwt-vc reads it: chain, digests, type and its integrity.
for (const credential of held) {
  const { payload, header, typeMetadata } = await wallet.sdjwt(credential, { loadTypeMetadataFormat: true }).verify(credential)
  assert.equal(payload.vct, age)
  assert.equal(payload.iss, say.issuer)
  assert.equal(header.typ, 'dc+sd-jwt')
  assert.deepEqual([payload.real_person, payload.age_over_14, payload.age_over_18, payload.age_over_60], [true, true, true, false])
  assert.equal(typeMetadata.mergedTypeMetadata.vct, age)
  const [jwt, ...rest] = credential.split('~')
  const [h, p, s] = jwt.split('.')
  const changed = Buffer.from(p, 'base64url').toString().replace('"real_person":true', '"real_person":1')
  await assert.rejects(wallet.sdjwt(credential).verify([[h, Buffer.from(changed).toString('base64url'), s].join('.'), ...rest].join('~')))
}

// Each reader asks; the answer says age_over_18 and nothing else that was hidden.
const answered = {}
for (const [name, link] of Object.entries(say.links)) {
  const credential = held.shift()
  const request = await wallet.resolve(link)
  assert.equal(request.client.prefix, 'x509_hash')
  assert.equal(request.version, 100)
  assert.equal(request.authorizationRequestPayload.response_mode, name === 'plain' ? 'direct_post' : 'direct_post.jwt')
  assert.equal(request.jar.jwt.header.typ, 'oauth-authz-req+jwt')
  const [{ format, data }] = request.authorizationRequestPayload.verifier_info
  assert.equal(format, 'urn:netid:registration')
  const registered = await signed(roots, data, 'netid-registration+jwt')
  assert.deepEqual(registered.kinds[age], ['age_over_18'])

  const over = { real_person: true, age_over_18: true }
  const more = await wallet.present(request, credential, { ...over, age_over_14: true })
  assert.equal(more.status, 400, 'more was disclosed than asked for, and taken')
  const given = await wallet.present(request, credential, over)
  assert.equal(given.status, 200, JSON.stringify(given.body))
  const again = await wallet.present(request, credential, over)
  assert.equal(again.status, 409, 'answered twice')

  // The presentation, as sd-jwt-vc checks one.
  const { nonce, client_id } = request.authorizationRequestPayload
  const shown = await wallet.sdjwt(credential).verify(given.text, { requiredClaimKeys: ['age_over_18'], keyBindingNonce: nonce })
  assert.equal(shown.kb.payload.aud, client_id)
  assert.equal(shown.payload.age_over_14, undefined)
  await assert.rejects(wallet.sdjwt(credential).verify(given.text, { keyBindingNonce: 'another' }))
  answered[name] = { party: registered.sub, holder: await jose.calculateJwkThumbprint(shown.payload.cnf.jwk) }
}
console.log(JSON.stringify({ sub: say.issuer, answered }))
