// Panah's stored formats, read with libraries that share no code with the product (see docs/formats.md).
// Every reader throws unless the whole of its input is genuine.

import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { gcm } from '@noble/ciphers/aes.js'
import { argon2id } from '@noble/hashes/argon2.js'
import { hkdf } from '@noble/hashes/hkdf.js'
import { scrypt } from '@noble/hashes/scrypt.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { ml_kem768_x25519 } from '@noble/post-quantum/hybrid.js'
import { AEAD_ChaCha20Poly1305, KDF_HKDF_SHA256, KEM_MLKEM768_X25519 } from '@panva/hpke-noble'
import { bech32 } from '@scure/base'
import { wordlist } from '@scure/bip39/wordlists/english.js'
import { CipherSuite } from 'hpke'

const CHUNK = 16 * 1024
const TAG = 16
const SALT = 24
const COMMITMENT = 32
const suite = new CipherSuite(KEM_MLKEM768_X25519, KDF_HKDF_SHA256, AEAD_ChaCha20Poly1305)

export const hex = (text) => Buffer.from(text, 'hex')

export function frame(...parts) {
  return Buffer.concat(parts.flatMap((part) => {
    const bytes = Buffer.from(part)
    const length = Buffer.alloc(4)
    length.writeUInt32BE(bytes.length)
    return [length, bytes]
  }))
}

function same(one, other) {
  return one.length === other.length && timingSafeEqual(one, other)
}

function require(condition, why) {
  if (!condition) throw new Error(why)
}

function withoutFirst(byte, sealed) {
  require(sealed[0] === byte, 'unknown format')
  return sealed.subarray(1)
}

// C2SP chunked-encryption, Cobblestone-256: SHA-512 and AES-256-GCM
export function cobblestone(key, context, sealed) {
  const salt = sealed.subarray(0, SALT)
  const info = Buffer.concat([Buffer.from('c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0'), salt, context])
  const derived = expand(key, info, 32 + 12 + COMMITMENT)
  require(same(derived.subarray(44), sealed.subarray(SALT, SALT + COMMITMENT)), 'other key or context')
  return Buffer.concat([...chunks(derived, sealed.subarray(SALT + COMMITMENT))])
}

// HKDF-Expand with SHA-512 (RFC 5869) for up to two blocks; the library's refuses a key shorter than the hash
function expand(key, info, length) {
  const block = (before, count) => createHmac('sha512', key).update(before).update(info).update(Buffer.of(count)).digest()
  const first = block(Buffer.alloc(0), 1)
  return Buffer.concat([first, block(first, 2)]).subarray(0, length)
}

function* chunks(derived, body) {
  for (let counter = 0n; ; counter++) {
    const nonce = Buffer.from(derived.subarray(32, 44))
    nonce.writeBigUInt64BE(nonce.readBigUInt64BE(4) ^ counter, 4)
    const chunk = body.subarray(0, CHUNK + TAG)
    yield gcm(derived.subarray(0, 32), nonce).decrypt(chunk)
    if (chunk.length < CHUNK + TAG) return // only the last is shorter, and it is always there
    body = body.subarray(CHUNK + TAG)
  }
}

function padme(length) {
  if (length <= 256) return 256
  const exponent = Math.floor(Math.log2(length))
  const step = 2 ** (exponent - (Math.floor(Math.log2(exponent)) + 1))
  return Math.ceil(length / step) * step
}

function unpad(padded) {
  let end = padded.length
  while (end > 0 && padded[end - 1] === 0) end--
  require(padded[end - 1] === 0x80, 'no mark')
  require(padded.length === padme(end), 'not a Padmé size')
  return padded.subarray(0, end - 1)
}

export function row({ deployment, kid, key, table, column, row, revision }, sealed) {
  const rest = withoutFirst(0x01, sealed)
  require(rest.readUInt16BE() === kid, 'other month')
  const context = frame('panah', deployment, 'row', table, column, row, String(revision))
  return unpad(cobblestone(hex(key), context, rest.subarray(2)))
}

export function volatile({ key, life, table, column, row, revision }, sealed) {
  const rest = withoutFirst(0x02, sealed)
  require(same(rest.subarray(0, 8), hex(life)), 'other life')
  return unpad(cobblestone(hex(key), frame('panah', 'volatile', table, column, row, String(revision)), rest.subarray(8)))
}

export function fingerprint(publicKey) {
  return Buffer.from(sha256(frame('panah', 'fingerprint', publicKey))).subarray(0, 16)
}

export async function letter({ deployment, seed, public: publicKey, info }, sealed) {
  require(same(publicOf(hex(seed)), hex(publicKey)), 'other public key')
  const head = sealed.subarray(0, 17)
  require(same(withoutFirst(0x11, head), fingerprint(hex(publicKey))), 'sealed to another')
  const context = Buffer.concat([frame('panah', deployment, 'letter', ...info), head])
  const key = await suite.DeserializePrivateKey(hex(seed))
  const [enc, body] = [sealed.subarray(17, 17 + 1120), sealed.subarray(17 + 1120)]
  return unpad(Buffer.from(await suite.Open(key, enc, body, { info: context })))
}

export function wrap({ deployment, pepper, member, typed }, sealed) {
  const head = sealed.subarray(0, 23)
  const [m, t, p] = [withoutFirst(0x21, head).readUInt32BE(), head[5], head[6]]
  const context = frame('panah', deployment, 'wrap', member)
  const words = typed.normalize('NFKC').toLowerCase().trim().split(/\s+/u).join(' ')
  const options = { m, t, p, dkLen: 32, key: hex(pepper), personalization: context }
  const key = argon2id(words, head.subarray(7), options)
  return cobblestone(key, Buffer.concat([context, head]), sealed.subarray(23))
}

export function blob({ blob, key, size, sha256: digest }, sealed) {
  const clear = cobblestone(hex(key), frame('panah', 'blob', blob), withoutFirst(0x31, sealed))
  require(clear.length === Math.max(1, Math.ceil(size / 4096)) * 4096, 'not whole blocks')
  require(clear.subarray(size).every((byte) => byte === 0), 'fill is not zeros')
  require(createHash('sha256').update(clear.subarray(0, size)).digest('hex') === digest, 'other digest')
  return clear.subarray(0, size)
}

export function ring({ root }, sealed) {
  const held = JSON.parse(cobblestone(hex(root), frame('panah', 'ring'), withoutFirst(0x41, sealed)).toString())
  const bytes = (text) => Buffer.from(text, 'base64')
  const derive = (label) =>
    Buffer.from(hkdf(sha256, bytes(held.static), undefined, frame('panah', held.deployment, label), 32))
  const index = (...parts) =>
    createHmac('sha256', derive('index')).update(frame(...parts)).digest('hex').slice(0, 32)
  return {
    deployment: held.deployment,
    data: Object.fromEntries(Object.entries(held.data).map(([kid, key]) => [kid, bytes(key).toString('hex')])),
    recovery: bytes(held.recovery).toString('hex'),
    pepper: derive('pepper').toString('hex'),
    audit: derive('audit').toString('hex'),
    index,
  }
}

export function chain({ key, deployment }, lines) {
  const mac = (...parts) => createHmac('sha256', hex(key)).update(frame('panah', 'audit', ...parts)).digest()
  let previous = mac('start', deployment)
  for (const [at, line] of lines.entries()) {
    const commitment = createHash('sha256').update(hex(line.sealed)).digest()
    require(line.number === at + 1 && commitment.toString('hex') === line.commitment, 'edited or cut')
    previous = mac('line', previous, String(line.number), commitment)
    require(previous.toString('hex') === line.mac, 'spliced')
  }
  return `${lines.length}:${previous.toString('hex').slice(0, 16)}`
}

export function publicOf(seed) {
  return Buffer.from(ml_kem768_x25519.keygen(seed).publicKey)
}

export function names({ seed }) {
  const publicKey = publicOf(hex(seed))
  return {
    seed,
    public: publicKey.toString('hex'),
    fingerprint: fingerprint(publicKey).toString('hex'),
    spoken: spoken(publicKey),
    identity: text('age-secret-key-pq-', hex(seed)).toUpperCase(),
    recipient: text('age1pq', publicKey),
  }
}

function spoken(publicKey) {
  const stretched = scrypt(fingerprint(publicKey), 'panah spoken', { N: 2 ** 14, r: 8, p: 1, dkLen: 8 })
  const bits = Buffer.from(stretched).readBigUInt64BE()
  return [0n, 11n, 22n, 33n].map((shift) => wordlist[Number((bits >> shift) & 2047n)]).join(' ')
}

function text(prefix, bytes) {
  return bech32.encode(prefix, bech32.toWords(bytes), false)
}
