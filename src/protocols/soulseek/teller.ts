/** What all sessions of this family share: how things are said. */
import { type Endpoint, endpointText } from '../../core/address.ts'
import type { Json, Side } from '../../core/event.ts'
import { FlowTeller, other } from '../../core/flow-teller.ts'
import { limits } from '../../core/limits.ts'
import { SaidOnce } from '../../core/said-once.ts'
import { text } from '../../core/text.ts'
import { namedUrn, nameOf, stepsOut } from '../formats/file-path.ts'
import { numberIn, type Row, textIn } from './wire/fields.ts'

export type Link = 'server' | 'init' | 'peer' | 'file' | 'distributed'
type Fields = Record<string, Json>

/** Several lists may come in a flow; beyond, things are said again. */
const KEYS_MAX = 4 * limits.listedMax

export class Teller extends FlowTeller {
  readonly #once = new SaidOnce()
  /** Path → content, as lists and offers of this flow told it, so that requests can be named. */
  readonly #contents = new Map<string, string>()
  #searches = 0

  claim(
    side: Side,
    about: Endpoint,
    part: 'server' | 'peer' | 'peer-obfuscated',
    via: string,
    reading?: 'natural' | 'reversed',
  ): void {
    if (!this.isNew(`claim ${side} ${endpointText(about)} ${part} ${via}`)) return
    const by = this.who(side)
    const more = reading === undefined ? {} : { reading }
    this.out.say({ type: 'claim', by, about, part, carriers: 'tcp', via, ...more })
  }

  search(side: Side, via: string, query: string): void {
    if (++this.#searches > limits.listedMax) return this.out.count('search')
    this.out.say({ type: 'search', by: this.who(side), via, text: query })
  }

  /** A file that a side has, by its path there. Soulseek hashes none: name and size must do. */
  share(side: Side, path: string, size: number, via: string): void {
    const name = nameOf(path)
    const content = namedUrn('soulseek', name, size)
    if (this.#contents.size < KEYS_MAX) this.#contents.set(path, content)
    if (stepsOut(path)) this.#traversal(side, path)
    if (!this.isNew(`share ${side} ${content} ${via}`)) return
    const by = this.who(side)
    this.out.say({ type: 'share', by, content, via, name, size })
  }

  #traversal(side: Side, path: string): void {
    if (!this.isNew(`threat ${side} ${path}`)) return
    this.out.say({
      type: 'threat',
      threat: 'path-traversal',
      severity: 'medium',
      by: this.who(side),
      why: `a shared file has the path ${path}`,
    })
  }

  request(side: Side, what: string, path: string): void {
    const content = this.#contents.get(path)
    const [by, of] = [this.who(side), this.who(other(side))]
    if (!this.isNew(`request ${side} ${what} ${path}`)) return
    this.out.say({ type: 'request', by, of, what, ...(content === undefined ? {} : { content }) })
  }

  log(side: Side, link: Link, name: string, fields: Fields): void {
    const all = { type: name, link, ...fields }
    this.out.say({ type: 'message', log: 'soulseek', name, side, fields: all })
  }

  protected override isNew(key: string): boolean {
    return this.#once.isNew(key)
  }
}

/** Not for logs: secrets, what is told elsewhere, and what nobody can name. */
const HIDDEN = new Set([
  'password',
  'digest',
  'unknown',
  'deflated',
  'rest',
  'more',
  'body',
  'text',
])
/** Fields whose list is told as its length. */
const LISTED = /^(?:users|rooms|parents|tickers|phrases|directories|liked)$/

/** The fields of a message for its log. Passwords and words of a talk are not among them. */
export function fieldsOf(name: string, row: Row): Fields {
  const fields: Fields = {}
  for (const [key, value] of Object.entries(row)) {
    if (key === 'password') fields[key] = '[redacted]'
    if (key === 'text') {
      if (name === 'login') fields.greeting = textIn(row, key)!
      else fields.textBytes = (value as Uint8Array).length
    }
    if (HIDDEN.has(key)) continue
    if (typeof value === 'number' || typeof value === 'string') fields[key] = value
    else if (value instanceof Uint8Array) {
      if (!PLAIN_TEXT.has(key)) continue
      fields[key] = text(value)
    } else if (LISTED.test(key)) fields.listed = value.length
  }
  return fields
}

const PLAIN_TEXT = new Set([
  'user',
  'room',
  'query',
  'file',
  'directory',
  'item',
  'country',
  'reason',
  'kind',
])

/** An endpoint out of two fields; a port above 65,535 is none. */
export function endpointIn(row: Row, portField = 'port'): Endpoint | undefined {
  const ip = textIn(row, 'ip')
  const port = numberIn(row, portField)
  return ip === undefined || port === undefined || port > 65_535 ? undefined : { ip, port }
}
