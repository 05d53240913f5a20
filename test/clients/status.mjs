// Reads lists of statuses with jwt-status-list, and certificates with sd-jwt-vc,
// which fetches and checks the list by itself. On standard input: issuer, roots (PEM),
// cases: [{token, status}]. A status that is not there yet is waited for.
import assert from 'node:assert/strict'
import { setTimeout as pass } from 'node:timers/promises'
import { text } from 'node:stream/consumers'
import { getListFromStatusListJWT, getStatusListFromJWT } from '@sd-jwt/jwt-status-list'
import * as jose from 'jose'
import { below, certificates, Wallet } from './holding.mjs'

const say = JSON.parse(await text(process.stdin))
const roots = certificates(say.roots)
const wallet = new Wallet(roots)

// list fetches one and checks its signature, its type and whose it is.
async function list(uri) {
  const response = await fetch(uri, { headers: { Accept: 'application/statuslist+jwt' } })
  if (response.status === 404) return undefined // the first certificate of a list is some seconds older than the list
  assert.equal(response.status, 200)
  assert.equal(response.headers.get('content-type'), 'application/statuslist+jwt')
  const jwt = await response.text()
  const { payload } = await jose.jwtVerify(jwt, below(roots, jose.decodeProtectedHeader(jwt).x5c), { subject: uri, typ: 'statuslist+jwt', algorithms: ['ES256'] })
  assert.equal(payload.status_list.bits, 2)
  assert.ok(payload.exp > Date.now() / 1000 && payload.ttl > 0)
  return getListFromStatusListJWT(jwt)
}

const read = async ({ token }) => {
  const { uri, idx } = getStatusListFromJWT(token.split('~')[0])
  assert.ok(uri.startsWith(say.issuer + '/status/'))
  return (await list(uri))?.getStatus(idx)
}
const seen = []
for (const one of say.cases) {
  let status
  for (let n = 0; n < 120 && (status = await read(one)) !== one.status; n++) await pass(250)
  assert.equal(status, one.status, `waited for ${one.status}`)
  const checks = wallet.sdjwt(one.token).verify(one.token)
  if (status === 0) await checks
  else await assert.rejects(checks, /[Ss]tatus/)
  seen.push(status)
}
console.log(JSON.stringify({ seen }))
