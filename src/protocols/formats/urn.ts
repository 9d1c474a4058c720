/**
 * Content names as peers write them, brought to one spelling.
 *
 *     urn:sha1:<base32 32>                      RFC 2141 style, HUGE 0.94
 *     urn:bitprint:<base32 32>.<base32 39>      SHA-1 and Tiger tree root in one
 *     urn:tree:tiger/:<base32 39>               also `tree:tiger`, `tree:tiger/1024`, `ttroot`
 *     urn:md5:<hex 32 or base32 26>             `urn:ed2k:`, `urn:ed2khash:` <hex 32>
 *     urn:btih:<hex 40 or base32 32>
 *
 * Bodies are upper-case base32 for sha1 and tiger, lower-case hex for the others: the spelling of
 * core/event.ts. Bare hashes (`sha1:…`) are read too.
 */
import { base32, fromBase32, fromHex, hex } from '../../core/bytes.ts'

export interface Urns {
  /** The first name, e.g. `urn:sha1:…`. */
  readonly urn: string
  /** Further names of the same content; a bitprint gives two. */
  readonly also: readonly string[]
}

/** Read one URN; undefined where it is none that is known, or its body is of another size. */
export function parseUrn(value: string): Urns | undefined {
  const match = /^(?:urn:)?([a-z0-9/]+(?::[a-z0-9/]*)?):([A-Za-z0-9.=]+)\s*$/i.exec(value.trim())
  if (match === null) return undefined
  const body = match[2]!.replace(/=+$/, '')
  switch (match[1]!.toLowerCase().replace(/\/.*$|:$/, '')) {
    case 'sha1':
    case 'sha-1':
      return one('urn:sha1:', base32Of(body, 20))
    case 'bitprint':
    case 'bp':
      return bitprint(body)
    case 'tree:tiger':
    case 'ttroot':
    case 'tiger':
    case 'tth':
      return one('urn:tree:tiger:', base32Of(body, 24))
    case 'md5':
      return one('urn:md5:', hexOf(body, 16))
    case 'ed2k':
    case 'ed2khash':
      return one('urn:ed2k:', hexOf(body, 16))
    case 'btih':
      return one('urn:btih:', hexOf(body, 20))
    default:
      return undefined
  }
}

function one(prefix: string, body: string | undefined): Urns | undefined {
  return body === undefined ? undefined : { urn: prefix + body, also: [] }
}

function bitprint(body: string): Urns | undefined {
  const [sha1, tiger] = body.split('.')
  const first = base32Of(sha1 ?? '', 20)
  const second = base32Of(tiger ?? '', 24)
  if (first === undefined) return undefined
  return {
    urn: `urn:sha1:${first}`,
    also: second === undefined ? [] : [`urn:tree:tiger:${second}`],
  }
}

/** Upper-case base32 of a body that is base32 or hex of `size` bytes. */
function base32Of(body: string, size: number): string | undefined {
  if (body.length === 2 * size && /^[0-9a-f]+$/i.test(body)) return base32(fromHex(body))
  if (body.length !== Math.ceil((size * 8) / 5) || fromBase32(body) === undefined) return undefined
  return body.toUpperCase()
}

function hexOf(body: string, size: number): string | undefined {
  if (body.length === 2 * size && /^[0-9a-f]+$/i.test(body)) return body.toLowerCase()
  if (body.length !== Math.ceil((size * 8) / 5)) return undefined
  const bytes = fromBase32(body)
  return bytes === undefined ? undefined : hex(bytes, 0, size)
}

/** Twenty bytes of SHA-1 as `urn:sha1:`. */
export function sha1Urn(bytes: Uint8Array, at = 0): string {
  return `urn:sha1:${base32(bytes, at, 20)}`
}
