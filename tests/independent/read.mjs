// node read.mjs FOLDER: opens every vector of a folder, and refuses each again with one bit changed, cut and extended.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import assert from 'node:assert/strict'
import * as formats from './formats.mjs'

const folder = process.argv[2]
const load = (name) => JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'))

const SEALED = {
  '01-row': formats.row,
  '02-volatile': formats.volatile,
  '11-letter': formats.letter,
  '21-wrap': formats.wrap,
  '31-blob': formats.blob,
}

function* damaged(sealed, wrap) {
  const at = wrap ? [0, 30, sealed.length - 1] : [0, 1, 30, sealed.length >> 1, sealed.length - 1]
  for (const place of at) {
    const changed = Buffer.from(sealed)
    changed[place] ^= 1
    yield changed
  }
  yield sealed.subarray(0, -1)
  yield Buffer.concat([sealed, Buffer.alloc(1)])
}

let opened = 0
let refused = 0

for (const [name, open] of Object.entries(SEALED)) {
  for (const vector of load(name)) {
    const sealed = formats.hex(vector.sealed)
    assert.equal(Buffer.from(await open(vector, sealed)).toString('hex'), vector.plaintext, name)
    opened++
    for (const bad of damaged(sealed, name === '21-wrap')) {
      await assert.rejects(async () => open(vector, bad), `${name} opened although damaged`)
      refused++
    }
  }
}

for (const vector of load('41-ring')) {
  const { index, ...held } = formats.ring(vector, formats.hex(vector.sealed))
  for (const [name, value] of Object.entries(held)) assert.deepEqual(value, vector[name], `ring: ${name}`)
  assert.equal(index(...vector.index.parts), vector.index.value)
  opened++
}

for (const vector of load('audit')) {
  assert.equal(formats.chain(vector, vector.lines), vector.head)
  assert.throws(() => formats.chain(vector, vector.lines.slice(1)))
  opened++
}

for (const vector of load('names')) {
  assert.deepEqual(formats.names(vector), vector)
  opened++
}

console.log(`opened ${opened}, refused ${refused}`)
