// What sd-jwt-vc wants to be told: how to hash and where salts come from.
import { createHash, randomBytes } from 'node:crypto'
import { sm3 } from 'sm-crypto-v2'

export const digest = (data, alg) => {
  const bytes = typeof data === 'string' ? Buffer.from(data) : new Uint8Array(data)
  return alg.toLowerCase() === 'sm3' ? new Uint8Array(Buffer.from(sm3(bytes), 'hex')) : new Uint8Array(createHash(alg.replace('-', '')).update(bytes).digest())
}

export const generateSalt = (n) => randomBytes(n).toString('base64url')
