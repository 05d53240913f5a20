// A credential of the suite sm, received by openid4vci and read by sm-crypto-v2: signed by a
// key of the trust list under the algorithm's usual id, with digests by SM3. On standard
// input: issuer, roots (PEM), offer. It writes the credential, and the key's point in hexadecimal.
import assert from 'node:assert/strict'
import { text } from 'node:stream/consumers'
import { sm2 } from 'sm-crypto-v2'
import { digest } from './hashing.mjs'
import { certificates, signed, Wallet } from './holding.mjs'

const say = JSON.parse(await text(process.stdin))
const roots = certificates(say.roots)
const wallet = new Wallet(roots)
const [sm] = await wallet.receive(await wallet.redeem(say.offer, { dpop: true }), 'age-sm', 1)

const [jwt, ...disclosures] = sm.split('~')
const [header, payload, signature] = jwt.split('.')
const { kid } = JSON.parse(Buffer.from(header, 'base64url'))
const trust = await signed(roots, await (await fetch(`${say.issuer}/trust`)).text(), 'netid-trust+jwt')
const key = trust.keys['attestation-sm'].keys.find((k) => k.kid === kid)
const hex = (t) => Buffer.from(t, 'base64url').toString('hex')
const point = '04' + hex(key.x) + hex(key.y)
const verifies = (text) => sm2.doVerifySignature(new Uint8Array(Buffer.from(text)), hex(signature), point, { hash: true })
assert.ok(verifies(`${header}.${payload}`))
assert.ok(!verifies(`${header}.${payload}x`))

const claims = JSON.parse(Buffer.from(payload, 'base64url'))
assert.equal(claims._sd_alg, 'urn:netid:hash:SM3')
assert.equal(claims._sd.length, 8)
assert.equal(disclosures.length, 4) // three, and the empty end
for (const d of disclosures.slice(0, -1)) {
  assert.ok(claims._sd.includes(Buffer.from(digest(d, 'sm3')).toString('base64url')))
}
console.log(JSON.stringify({ sm, point }))
