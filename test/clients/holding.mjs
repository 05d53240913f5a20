// A wallet made of other people's libraries: openid4vci receives, openid4vp
// answers, sd-jwt-vc opens what was received. Only keys and certificates are our own
// business here, done by jose and node:crypto.
import assert from 'node:assert/strict'
import { createHash, randomBytes, X509Certificate } from 'node:crypto'
import { clientAuthenticationAnonymous, Oauth2Client, setGlobalConfig } from '@openid4vc/oauth2'
import { Openid4vciClient } from '@openid4vc/openid4vci'
import { Openid4vpClient } from '@openid4vc/openid4vp'
import { SDJwtVcInstance } from '@sd-jwt/sd-jwt-vc'
import { digest, generateSalt } from './hashing.mjs'
import * as jose from 'jose'

setGlobalConfig({ allowInsecureUrls: true }) // the sandbox is on http://localhost

// certificates reads those of a PEM file.
export const certificates = (pem) => pem.match(/-----BEGIN[^]*?-----END CERTIFICATE-----/g).map((c) => new X509Certificate(c))

// below gives the key of a chain that leads to one of the roots.
export function below(roots, x5c) {
  const chain = x5c.map((c) => new X509Certificate(Buffer.from(c, 'base64')))
  for (const [i, c] of chain.entries()) {
    const above = chain[i + 1] ? [chain[i + 1]] : roots
    assert.ok(above.some((a) => c.checkIssued(a) && c.verify(a.publicKey)), 'no chain to a root')
    assert.ok(new Date(c.validFrom) <= new Date() && new Date() < new Date(c.validTo), 'a certificate that is over')
  }
  return chain[0].publicKey
}

export async function signed(roots, jwt, typ) {
  const { x5c } = jose.decodeProtectedHeader(jwt)
  const { payload } = await jose.jwtVerify(jwt, below(roots, x5c), { typ, algorithms: ['ES256'] })
  return payload
}

// typeMetadata fetches what a type says of itself. The integrity is compared here: sd-jwt-vc 0.19.0 takes
// it for hexadecimal, and in W3C's Subresource Integrity it is base64.
async function typeMetadata(uri, integrity) {
  const body = Buffer.from(await (await fetch(uri)).arrayBuffer())
  assert.equal(integrity, 'sha256-' + createHash('sha256').update(body).digest('base64'))
  return JSON.parse(body)
}

export class Wallet {
  constructor(roots) {
    this.roots = roots
    this.keys = new Map() // by thumbprint
    this.verified = [] // types of what others signed for it
    this.callbacks = {
      // The library checks signed metadata and does not ask for it by itself.
      fetch: (at, init) => fetch(at, String(at).includes('/.well-known/openid-credential-issuer') ? { ...init, headers: { Accept: 'application/jwt' } } : init),
      hash: (data, alg) => createHash(alg.replace('-', '')).update(data).digest(),
      generateRandom: (n) => randomBytes(n),
      clientAuthentication: clientAuthenticationAnonymous(),
      signJwt: async ({ publicJwk, alg }, { header, payload }) => {
        const key = this.keys.get(await jose.calculateJwkThumbprint(publicJwk))
        return { jwt: await new jose.SignJWT(payload).setProtectedHeader({ ...header, alg }).sign(key), signerJwk: publicJwk }
      },
      verifyJwt: async (signer, { compact, header }) => {
        assert.equal(signer.method, 'x5c')
        const key = below(this.roots, signer.x5c)
        await jose.compactVerify(compact, key, { algorithms: ['ES256'] })
        this.verified.push(header.typ)
        return { verified: true, signerJwk: await jose.exportJWK(key) }
      },
      encryptJwe: async ({ publicJwk, alg, enc, apu, apv }, data) => ({
        encryptionJwk: publicJwk,
        jwe: await new jose.CompactEncrypt(new TextEncoder().encode(data)).setProtectedHeader({ alg, enc, kid: publicJwk.kid, apu, apv })
          .encrypt(await jose.importJWK(publicJwk, alg)),
      }),
      decryptJwe: async () => ({ decrypted: false }),
      getX509CertificateMetadata: (c) => {
        const names = (new X509Certificate(Buffer.from(c, 'base64')).subjectAltName ?? '').split(', ')
        const of = (kind) => names.filter((n) => n.startsWith(kind)).map((n) => n.slice(kind.length))
        return { sanDnsNames: of('DNS:'), sanUriNames: of('URI:') }
      },
    }
    this.issuance = new Openid4vciClient({ callbacks: this.callbacks })
    this.tokens = new Oauth2Client({ callbacks: this.callbacks })
    this.presenting = new Openid4vpClient({ callbacks: this.callbacks })
  }

  async key() {
    const { privateKey, publicKey } = await jose.generateKeyPair('ES256', { extractable: true })
    const { kty, crv, x, y } = await jose.exportJWK(publicKey)
    const publicJwk = { kty, crv, x, y }
    this.keys.set(await jose.calculateJwkThumbprint(publicJwk), privateKey)
    return publicJwk
  }

  // redeem changes an offer into a token; with a key of its own where dpop says so.
  async redeem(offer, { txCode, dpop } = {}) {
    const credentialOffer = await this.issuance.resolveCredentialOffer(offer)
    const issuerMetadata = await this.issuance.resolveIssuerMetadata(credentialOffer.credential_issuer)
    const signer = dpop && { method: 'jwk', alg: 'ES256', publicJwk: await this.key() }
    const token = await this.issuance.retrievePreAuthorizedCodeAccessTokenFromOffer({ credentialOffer, issuerMetadata, txCode, dpop: signer && { signer } })
    return { issuerMetadata, offered: credentialOffer, answer: token.accessTokenResponse, dpop: token.dpop }
  }

  // renew gets another token, for the same key.
  async renew({ issuerMetadata, answer, dpop, ...rest }) {
    const [authorizationServerMetadata] = issuerMetadata.authorizationServers
    const token = await this.tokens.retrieveRefreshTokenAccessToken({ authorizationServerMetadata, refreshToken: answer.refresh_token, dpop: { signer: dpop.signer } })
    return { issuerMetadata, ...rest, answer: { ...answer, ...token.accessTokenResponse }, dpop: token.dpop }
  }

  // receive asks for so many credentials of a kind, each for a new key.
  async receive({ issuerMetadata, answer, dpop }, kind, count) {
    const { c_nonce: nonce } = await this.issuance.requestNonce({ issuerMetadata })
    const jwt = []
    for (let n = 0; n < count; n++) {
      const signer = { method: 'jwk', alg: 'ES256', publicJwk: await this.key() }
      jwt.push((await this.issuance.createCredentialRequestJwtProof({ issuerMetadata, signer, nonce, credentialConfigurationId: kind })).jwt)
    }
    const got = await this.issuance.retrieveCredentials({ issuerMetadata, accessToken: answer.access_token, dpop, credentialConfigurationId: kind, proofs: { jwt } })
    const texts = got.credentialResponse.credentials.map((c) => c.credential)
    assert.equal(texts.length, count)
    const notification = { notificationId: got.credentialResponse.notification_id, event: 'credential_accepted' }
    await this.issuance.sendNotification({ issuerMetadata, accessToken: answer.access_token, dpop, notification })
    return texts
  }

  // sdjwt opens credentials of the issuer and proofs of their holders, as sd-jwt-vc does it.
  sdjwt(credential, more = {}) {
    const holder = JSON.parse(Buffer.from(credential.split('.')[1], 'base64url')).cnf?.jwk
    const checks = async (key, data, sig) => {
      try {
        await jose.compactVerify(`${data}.${sig}`, key, { algorithms: ['ES256'] })
        return true
      } catch {
        return false
      }
    }
    return new SDJwtVcInstance({
      hasher: digest, hashAlg: 'sha-256', saltGenerator: generateSalt, signAlg: 'ES256', kbSignAlg: 'ES256',
      verifier: (data, sig) => checks(below(this.roots, jose.decodeProtectedHeader(data + '.' + sig).x5c), data, sig),
      kbVerifier: async (data, sig) => checks(await jose.importJWK(holder, 'ES256'), data, sig),
      kbSigner: async (data) => {
        const key = this.keys.get(await jose.calculateJwkThumbprint(holder))
        return Buffer.from(await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, key, new TextEncoder().encode(data))).toString('base64url')
      },
      vctFetcher: typeMetadata,
      ...more,
    })
  }

  // resolve reads a reader's request and checks it as the library does.
  async resolve(link) {
    const parsed = this.presenting.parseOpenid4vpAuthorizationRequest({ authorizationRequest: link })
    return this.presenting.resolveOpenId4vpAuthorizationRequest({ authorizationRequestPayload: parsed.params })
  }

  // present answers a request with a credential of which it discloses what frame says.
  async present(resolved, credential, frame) {
    const request = resolved.authorizationRequestPayload
    const text = await this.sdjwt(credential).present(credential, frame,
      { kb: { payload: { aud: request.client_id, nonce: request.nonce, iat: Math.floor(Date.now() / 1000) } } })
    const response = await this.presenting.createOpenid4vpAuthorizationResponse({
      authorizationRequestPayload: request,
      authorizationResponsePayload: { vp_token: { [resolved.dcql.query.credentials[0].id]: [text] } },
      jarm: request.response_mode === 'direct_post.jwt' && { encryption: { nonce: Buffer.from(randomBytes(12)).toString('base64url') }, serverMetadata: {
        authorization_signing_alg_values_supported: [], authorization_encryption_alg_values_supported: ['ECDH-ES'], authorization_encryption_enc_values_supported: ['A256GCM'] } },
    })
    const sent = await this.presenting.submitOpenid4vpAuthorizationResponse({ authorizationRequestPayload: request, ...response })
    return { text, status: sent.response.status, body: await sent.response.json() }
  }
}
