/** What messages mean: who takes part, who has which file, who searches for what. */
import { type Endpoint, endpointText } from '../../core/address.ts'
import { hex } from '../../core/bytes.ts'
import type { Json, Side } from '../../core/event.ts'
import { type Fields, other } from '../../core/flow-teller.ts'
import { limits } from '../../core/limits.ts'
import { stepsOut } from '../formats/file-path.ts'
import { textOf } from '../formats/http-head.ts'
import type { Teller } from './teller.ts'
import type { Node, Query, Value, Values } from './wire/fields.ts'
import type { Said } from './wire/message.ts'

/** Messages without news: counted, and said only where every one is wanted. */
const QUIET: ReadonlySet<string> = new Set(['ping-request', 'ping-response'])
/** An address of zeros means: mine. */
const OWN = '0.0.0.0'

export function tellMessage(teller: Teller, side: Side, said: Said): void {
  if (QUIET.has(said.name)) {
    if (teller.out.everyMessage) teller.log(side, said.name, {})
    else teller.out.count(said.name)
    return
  }
  teller.log(side, said.name, fieldsOf(said))
  switch (said.name) {
    case 'version-response':
      return tellVersion(teller, side, said.values)
    case 'nodeinfo-response':
      return tellNode(teller, side, said.values)
    case 'nodelist-response':
      for (const { endpoint } of nodesIn(said.values)) {
        if (endpoint.ip !== OWN) teller.claim(side, endpoint, 'node', 'nodelist')
      }
      return
    case 'share-add':
      return tellShare(teller, side, teller.who(side), said.values, 'share-add')
    case 'browse-response':
      return tellShare(teller, side, teller.who(side), said.values, 'browse')
    case 'search-request':
      return tellSearch(teller, side, said.values)
    case 'search-response':
      return tellResult(teller, side, said.values)
    case 'push-request':
    case 'push-response':
      return tellPush(teller, side, said.values)
  }
}

// --- Logs ----------------------------------------------------------------------------------------

/** Fields as logs show them; lists are bounded. */
function fieldsOf({ name, command, values, rest }: Said): Fields {
  const fields: { [name: string]: Json } = {}
  for (const [field, value] of Object.entries(values)) fields[field] = shownValue(field, value)
  if (name === 'other') return { command, size: rest.length }
  return fields
}

function shownValue(field: string, value: Value): Json {
  if (typeof value === 'number') return value
  if (typeof value === 'string') return field === 'ip' ? value : textOf(value)
  if (value instanceof Uint8Array) return hex(value)
  if (!Array.isArray(value)) return shownQuery(value as Query)
  return (value as readonly unknown[]).slice(0, limits.listedMax).map((one): Json => {
    if (typeof one === 'string') return textOf(one)
    if (Array.isArray(one)) return one.map((part) => textOf(String(part)))
    const { endpoint, klass } = one as Node
    return `${endpointText(endpoint)} ${klass}`
  })
}

function shownQuery({ wanted, unwanted }: Query): Json {
  const shown = (words: string | readonly number[]): Json =>
    typeof words === 'string' ? textOf(words) : words.slice(0, limits.listedMax)
  return { wanted: shown(wanted), unwanted: shown(unwanted) }
}

// --- Events --------------------------------------------------------------------------------------

function tellVersion(teller: Teller, side: Side, values: Values): void {
  const { major, minor, micro, revision } = values
  const version = `${major}.${minor}.${micro}${revision === undefined ? '' : `.${revision}`}`
  teller.client({ who: teller.who(side), software: 'OpenFT', version })
}

/** A node tells of itself, or, where it names an address, of another. */
function tellNode(teller: Teller, side: Side, values: Values): void {
  const own = values.ip === OWN || values.ip === teller.who(side).ip
  const ip = own ? teller.who(side).ip : String(values.ip)
  const listens = { ip, port: Number(values.port) }
  teller.claim(side, listens, 'node', 'nodeinfo')
  teller.claim(side, { ip, port: Number(values.http_port) }, 'http', 'nodeinfo')
  if (!own) return
  const nick = nickIn(values)
  teller.client({ who: teller.who(side), ...(nick !== undefined && { nick }), listens })
}

function nickIn(values: Values): string | undefined {
  return typeof values.alias === 'string' && values.alias !== '' ? textOf(values.alias) : undefined
}

function nodesIn(values: Values): readonly Node[] {
  return ((values.nodes ?? []) as readonly Node[]).slice(0, limits.listedMax)
}

/** MD5 as bytes, or in 2002 as text. */
function contentIn(values: Values): string | undefined {
  if (values.md5 instanceof Uint8Array) return `urn:md5:${hex(values.md5)}`
  const written = typeof values.hash === 'string' ? values.hash : ''
  return /^[0-9a-f]{32}$/i.test(written) ? `urn:md5:${written.toLowerCase()}` : undefined
}

function tellShare(teller: Teller, side: Side, by: Endpoint, values: Values, via: string): void {
  const content = contentIn(values)
  if (content === undefined) return
  const path = textOf(String(values.path ?? ''))
  const name = path.slice(path.lastIndexOf('/') + 1)
  teller.out.say({
    type: 'share',
    by,
    content,
    via,
    ...(name !== '' && { name }),
    size: Number(values.size),
  })
  if (!stepsOut(path)) return
  teller.out.say({
    type: 'threat',
    threat: 'path-traversal',
    severity: 'medium',
    by: teller.who(side),
    why: `tells of a file whose path leaves the shared folder: ${path.slice(0, 200)}`,
    content,
  })
}

function tellSearch(teller: Teller, side: Side, values: Values): void {
  const { wanted } = values.query as Query
  const origin = values.ip
  const by =
    typeof origin === 'string' && origin !== OWN ? { ip: origin, port: 0 } : teller.who(side)
  if (typeof wanted !== 'string') {
    teller.out.say({ type: 'search', by, via: 'hidden-search' })
    return
  }
  const isHash = /^[0-9a-f]{32}$/i.test(wanted)
  const about = isHash ? { content: `urn:md5:${wanted.toLowerCase()}` } : { text: textOf(wanted) }
  teller.out.say({ type: 'search', by, via: 'search', ...about })
}

/** Who has the file, and which search node knows it. */
function tellResult(teller: Teller, side: Side, values: Values): void {
  if (values.ip === undefined) return
  const sender = teller.who(side).ip
  const ip = values.ip === OWN ? sender : String(values.ip)
  const content = contentIn(values)
  const more = content === undefined ? {} : { content }
  const http = { ip, port: Number(values.http_port) }
  teller.claim(side, { ip, port: Number(values.port) }, 'node', 'search-result', more)
  teller.claim(side, http, 'http', 'search-result', more)
  if (values.parent_ip !== undefined) {
    const parent = values.parent_ip === OWN ? sender : String(values.parent_ip)
    teller.claim(side, { ip: parent, port: Number(values.parent_port) }, 'node', 'search-parent')
  }
  const nick = nickIn(values)
  if (nick !== undefined) teller.client({ who: http, nick, listens: http })
  tellShare(teller, side, http, values, 'search-result')
}

/** Somebody shall call an address and send it a file. */
function tellPush(teller: Teller, side: Side, values: Values): void {
  const ip = values.ip === OWN ? teller.who(side).ip : String(values.ip)
  const about = { ip, port: Number(values.http_port ?? values.port) }
  teller.claim(side, about, 'http', 'push')
  teller.out.say({ type: 'request', by: about, of: teller.who(other(side)), what: 'push' })
}
