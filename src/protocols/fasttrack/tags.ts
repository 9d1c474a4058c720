/**
 * What tags say of a file: those of share lists (bytes) and those of `X-KazaaTag` headers (text).
 * Source: giFT-FastTrack PROTOCOL, "Tag types" and "Transfers"; src/fst_upload.c.
 */
import { fromHex, hex } from '../../core/bytes.ts'
import type { Json } from '../../core/event.ts'
import { text } from '../../core/text.ts'
import { textOf } from '../formats/http-head.ts'
import { HASH_BYTES, type SharedFile, type Tag, varint } from './wire/shared-file.ts'

type Kind = 'number' | 'text' | 'pair' | 'hash'

/** Tag number → name, how its value is written. Others are kept by number. */
// biome-ignore format: a table
const TAGS: Readonly<Record<number, readonly [string, Kind]>> = {
  1: ['year', 'number'],
  2: ['name', 'text'],
  3: ['hash', 'hash'],
  4: ['title', 'text'],
  5: ['seconds', 'number'],
  6: ['artist', 'text'],
  8: ['album', 'text'],
  10: ['language', 'text'],
  12: ['keywords', 'text'],
  13: ['resolution', 'pair'],
  14: ['genre', 'text'],
  16: ['os', 'text'],
  17: ['bit_depth', 'number'],
  18: ['kind', 'text'],
  21: ['bit_rate', 'number'],
  24: ['version', 'text'],
  26: ['comment', 'text'],
  28: ['codec', 'text'],
  29: ['rating', 'number'],
  65539: ['kzhash', 'hash'],
}

/** The 20 bytes by which files are asked for, and the 36 of magnet links, which begin with them. */
const HASH_SIZES: readonly number[] = [HASH_BYTES, HASH_BYTES + 16]

function kzhashUrn(hash: Uint8Array): string {
  return `urn:kzhash:${hex(hash)}`
}

export interface FileFacts {
  readonly name?: string
  readonly content?: string
  readonly size?: number
  /** By name of the tag, or `tag-<number>`. */
  readonly tags: { readonly [name: string]: Json }
}

export function factsOf(file: SharedFile): FileFacts {
  const tags: { [name: string]: Json } = {}
  for (const tag of file.tags) tags[nameOf(tag.type)] = readValue(tag)
  const name = nameIn(tags)
  return {
    content: kzhashUrn(file.hash),
    size: file.size,
    ...(name !== undefined && { name }),
    tags,
  }
}

function nameOf(type: number): string {
  return TAGS[type]?.[0] ?? `tag-${type}`
}

function readValue({ type, value }: Tag): Json {
  switch (TAGS[type]?.[1]) {
    case 'number': {
      const number = varint(value, 0)
      return typeof number === 'string' ? hex(value) : number.value
    }
    case 'pair': {
      const first = varint(value, 0)
      const second = typeof first === 'string' ? first : varint(value, first.next)
      if (typeof first === 'string' || typeof second === 'string') return hex(value)
      return `${first.value}x${second.value}`
    }
    case 'text':
      return text(value)
    default:
      return hex(value)
  }
}

/** The file's name; where none is told, its title, which people search for. */
function nameIn(tags: { readonly [name: string]: Json }): string | undefined {
  const name = tags.name ?? tags.title
  return typeof name === 'string' && name !== '' ? name : undefined
}

/**
 * `X-KazaaTag: <number>=<value>` of one head. A hash is base64 behind a second `=`; one uploader
 * was seen that writes hex there.
 */
export function headerFacts(values: readonly string[]): FileFacts {
  const tags: { [name: string]: Json } = {}
  let content: string | undefined
  for (const line of values) {
    const match = /^(\d{1,10})=(.*)$/s.exec(line)
    if (match === null) continue
    const kind = TAGS[Number(match[1])]?.[1]
    const value = kind === 'hash' ? match[2]!.replace(/^=/, '') : match[2]!
    const hash = kind === 'hash' ? hashIn(value) : undefined
    if (hash !== undefined) content ??= kzhashUrn(hash)
    const isNumber = kind === 'number' && /^\d{1,15}$/.test(value)
    tags[nameOf(Number(match[1]))] = isNumber ? Number(value) : textOf(value)
  }
  const name = nameIn(tags)
  return {
    ...(name !== undefined && { name }),
    ...(content !== undefined && { content }),
    tags,
  }
}

function hashIn(value: string): Uint8Array | undefined {
  const bytes = /^(?:[0-9a-f]{2})+$/i.test(value) ? fromHex(value) : fromBase64(value)
  return HASH_SIZES.includes(bytes.length) ? bytes : undefined
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** RFC 4648 section 4; empty where a character is none of it. */
function fromBase64(value: string): Uint8Array {
  const digits = value.replace(/=+$/, '')
  const bytes: number[] = []
  let held = 0
  let bits = 0
  for (const character of digits) {
    const digit = BASE64.indexOf(character)
    if (digit < 0) return new Uint8Array(0)
    held = (held * 64 + digit) % 2 ** 14
    bits += 6
    if (bits >= 8) {
      bits -= 8
      bytes.push(Math.floor(held / 2 ** bits) % 256)
    }
  }
  return Uint8Array.from(bytes)
}
