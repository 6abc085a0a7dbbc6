// node age.mjs FILE IDENTITY: opens a file with typage and prints its SHA-256;
// then keeps it as FILE.plain, and sealed to the same identity as FILE.theirs.

import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { Decrypter, Encrypter, identityToRecipient } from 'age-encryption'

const [, , file, identity] = process.argv
const decrypter = new Decrypter()
decrypter.addIdentity(identity)
const plain = await decrypter.decrypt(readFileSync(file))
writeFileSync(`${file}.plain`, plain)
const encrypter = new Encrypter()
encrypter.addRecipient(await identityToRecipient(identity))
writeFileSync(`${file}.theirs`, await encrypter.encrypt(plain))
console.log(createHash('sha256').update(plain).digest('hex'))
