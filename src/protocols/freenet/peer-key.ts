/**
 * Keys, as nodes of 0.5 route them, and the documents that lie under them.
 *
 *   key       hash 20 | log2 of the size u8 | kind u16be        in hex where it is written
 *   0302      CHK: the hash is that of the content, which can be checked
 *   0203      KSK: the hash is that of words that a person can tell another
 *
 * Under the words lies a small document that sends its reader to the content:
 *
 *   Version LF Revision=1 LF EndPart LF Document LF Redirect.Target=freenet:CHK@… LF … End LF
 *
 * A true KSK is the hash of a public key made out of the words, and contents are enciphered; here
 * the hash is that of the words, and contents lie open: what routes is the same.
 * Source: hyphanet/legacy src/freenet/keys/{CHK,SVK}.java; Clarke and others, "Freenet: A
 * Distributed Anonymous Information Storage and Retrieval System", 2001, section 3.1.
 */
import { createHash } from 'node:crypto'
import { ByteWriter, bytesOf, concat, fromHex, hex, u16be, u32be } from '../../core/bytes.ts'
import { latin1 } from '../../core/text.ts'
import { textOf } from '../formats/http-head.ts'
import { fieldOf, messageWire } from './wire/message.ts'

const CHK = 0x0302
const KSK = 0x0203
/** Of a document that only sends on: 2 to this. */
const REDIRECT_LOG2 = 10
const HASH_BYTES = 20

/** In hex, 46 digits. */
export type Key = string

function keyOf(hash: Uint8Array, log2: number, kind: number): Key {
  return hex(new ByteWriter().bytes(hash).u8(log2).u16be(kind).finish())
}

function sha1(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha1').update(bytes).digest())
}

export function contentKey(content: Uint8Array): Key {
  const log2 = Math.ceil(Math.log2(Math.max(1, content.length)))
  return keyOf(sha1(content), log2, CHK)
}

/** Case and what is no letter or digit do not count: a person types it. */
export function wordsKey(text: string): Key {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []
  const told = new TextEncoder().encode(`KSK@${words.join('-')}`)
  return keyOf(sha1(told), REDIRECT_LOG2, KSK)
}

/** What a file is called without the ending that programs give it. */
export function titleOf(name: string): string {
  return name.replace(/\.[^. ]{1,8}$/, '')
}

export function isKey(text: string | undefined): text is Key {
  return text !== undefined && /^[0-9a-f]{46}$/.test(text)
}

/** Whether content is what its key says; of words nobody can tell. */
export function isContentOf(key: Key, content: Uint8Array): boolean {
  return u16be(fromHex(key), HASH_BYTES + 1) !== CHK || contentKey(content) === key
}

const URN = 'urn:x-peerscope:freenet:'

export function keyUrn(key: Key): string {
  return URN + key
}

export function keyOfUrn(urn: string): Key | undefined {
  const key = urn.replace(URN, '')
  return isKey(key) ? key : undefined
}

/** Where a key lies among all: its first 48 bits. */
export function placeOf(key: Key): number {
  const bytes = fromHex(key.slice(0, 12))
  return u32be(bytes, 0) * 0x1_0000 + u16be(bytes, 4)
}

/** Where a node stands of which nothing is known yet: at a place that its address is hashed to. */
export function placeOfAddress(address: string): number {
  return placeOf(hex(sha1(bytesOf(address))))
}

/** The document under a file's words. */
export interface Redirect {
  readonly target: Key
  readonly name: string
  readonly size: number
}

export function redirectBytes({ target, name, size }: Redirect): Uint8Array {
  const lineEnd = '\n'
  const head = { name: 'Version', fields: [['Revision', '1']], end: 'EndPart', lineEnd } as const
  const fields = [
    ['Redirect.Target', `freenet:CHK@${target}`],
    ['Info.Description', latin1(new TextEncoder().encode(name))],
    ['Info.Size', size.toString(16)],
  ] as const
  const body = { name: 'Document', fields, end: 'End', lineEnd } as const
  return concat(messageWire.emit(head), messageWire.emit(body))
}

/** @returns undefined where it is no such document */
export function redirectIn(bytes: Uint8Array): Redirect | undefined {
  const head = messageWire.parse(bytes, 0)
  if (head.kind !== 'message' || head.message.name !== 'Version') return undefined
  const body = messageWire.parse(bytes, head.size)
  if (body.kind !== 'message') return undefined
  const target = fieldOf(body.message, 'Redirect.Target')?.replace('freenet:CHK@', '')
  const size = Number.parseInt(fieldOf(body.message, 'Info.Size') ?? '', 16)
  if (!isKey(target) || Number.isNaN(size)) return undefined
  const name = textOf(fieldOf(body.message, 'Info.Description') ?? '')
  return { target, name, size }
}
