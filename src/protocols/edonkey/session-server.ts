/** A link between a client and its server: logins, offers, searches, sources. */
import type { Endpoint } from '../../core/address.ts'
import type { Json, Side } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import { text } from '../../core/text.ts'
import { type Speaker, urnOf } from './speaker.ts'
import { addressOfId, type ObfuscatedSource, type Source } from './wire/entries.ts'
import { nickOf, softwareOf } from './wire/hello.ts'
import { treeText } from './wire/search-tree.ts'
import type { ServerTcpMessage } from './wire/server-tcp.ts'
import { TAG, tagText } from './wire/tag.ts'

/** Bits of the server's flags in `id-change`. Source: eMule Server.h (SRV_TCPFLG_…). */
// biome-ignore format: a table
const SERVER_FLAGS = [
  [0x1, 'compression'], [0x8, 'new_tags'], [0x10, 'unicode'], [0x40, 'related_search'],
  [0x80, 'type_tag_integer'], [0x100, 'large_files'], [0x400, 'tcp_obfuscation'],
] as const

export function serverFlags(flags: number): string[] {
  return SERVER_FLAGS.filter(([bit]) => Math.floor(flags / bit) % 2 === 1).map(([, name]) => name)
}

export class ServerLink {
  readonly #say: Speaker
  /** The TCP port that the client said it listens on. */
  #clientPort: number | undefined

  constructor(say: Speaker) {
    this.#say = say
  }

  extraFields(read: { readonly type: string; readonly body?: unknown }): Record<string, Json> {
    if (read.type !== 'id-change') return {}
    const { id, flags } = read.body as { id: number; flags: number | undefined }
    const ip = addressOfId(id)
    return {
      low_id: ip === undefined,
      ...(ip !== undefined && { client_ip: ip }),
      ...(flags !== undefined && { server_flags: serverFlags(flags) }),
    }
  }

  message(from: Side, read: ServerTcpMessage): void {
    const say = this.#say
    switch (read.type) {
      case 'login':
        return this.#login(from, read)
      case 'offer-files':
        say.files(from, read.body, 'offer-files')
        return
      case 'search':
        say.search(from, 'server-search', treeText(read.body))
        return
      case 'search-user':
        say.search(from, 'server-user-search', treeText(read.body))
        return
      case 'get-sources':
      case 'get-sources-obfuscated':
        say.noteFile(read.body.hash, undefined, read.body.size?.size)
        say.request(from, 'get-sources', urnOf(read.body.hash))
        return
      case 'callback-request':
        say.request(from, 'callback')
        return
      case 'get-server-list':
        say.request(from, 'server-list')
        return
      case 'server-list':
        for (const server of read.body) say.claim(from, server, 'server', 'tcp', 'server-list')
        return
      case 'search-result':
        say.files(from, read.body.files, 'search-result')
        say.offerers(from, read.body.files, 'search-result')
        return
      case 'found-sources':
      case 'found-sources-obfuscated':
        foundSources(say, from, read.body.hash, read.body.sources)
        return
      case 'callback-requested':
        say.claim(from, endpointOf(read.body), 'peer', 'tcp', 'callback', {
          id: read.body.userHash,
        })
        return
      case 'id-change':
        return this.#idChange(from, read)
      case 'server-message':
        return this.#serverMessage(from, text(read.body))
      case 'server-ident':
        say.claim(from, endpointOf(read.body), 'server', 'tcp', 'server-ident')
        return this.#ident(from, read)
      default:
    }
  }

  #login(from: Side, read: Extract<ServerTcpMessage, { type: 'login' }>): void {
    const { userHash, id, port, tags } = read.body
    const said = { userHash, id, port, tags, serverIp: '', serverPort: 0, tail: undefined }
    const { software, version } = softwareOf(said)
    const nick = nickOf(said)
    const listens = { ip: this.#say.end(from).ip, port }
    this.#clientPort = port
    this.#say.out.say({
      type: 'client',
      who: this.#say.end(from),
      software,
      ...(version !== undefined && { version }),
      id: userHash,
      ...(nick !== undefined && { nick }),
      listens,
    })
    this.#say.claim(from, listens, 'peer', 'tcp', 'login', { id: userHash })
  }

  /** The server tried the client's port: a HighID is the address it can be called at. */
  #idChange(from: Side, read: Extract<ServerTcpMessage, { type: 'id-change' }>): void {
    const ip = addressOfId(read.body.id)
    if (ip !== undefined && this.#clientPort !== undefined) {
      this.#say.claim(from, { ip, port: this.#clientPort }, 'peer', 'tcp', 'id-change')
    }
    const obfuscated = read.body.obfuscationPort
    if (obfuscated !== undefined && obfuscated > 0 && obfuscated < 65_536) {
      const about = { ip: this.#say.end(from).ip, port: obfuscated }
      this.#say.claim(from, about, 'server', 'tcp', 'id-change')
    }
  }

  #serverMessage(from: Side, said: string): void {
    const match = /server version\s*:?\s*([\w.]+)(?:\s*\(([^)]{1,40})\))?/i.exec(said)
    if (match === null || !this.#say.first('server-version')) return
    this.#say.out.say({
      type: 'client',
      who: this.#say.end(from),
      software: match[2] ?? 'eserver',
      version: match[1]!,
    })
  }

  #ident(from: Side, read: Extract<ServerTcpMessage, { type: 'server-ident' }>): void {
    const name = tagText(read.body.tags, TAG.name)
    this.#say.out.say({
      type: 'client',
      who: this.#say.end(from),
      id: read.body.serverHash,
      ...(name !== undefined && { nick: name }),
      listens: endpointOf(read.body),
    })
  }
}

export function endpointOf(body: { readonly ip: string; readonly port: number }): Endpoint {
  return { ip: body.ip, port: body.port }
}

/** Sources of a file: a HighID is an address; a LowID can only be reached through the server. */
export function foundSources(
  say: Speaker,
  from: Side,
  hash: string,
  sources: readonly (Source | ObfuscatedSource)[],
): void {
  for (const source of sources.slice(0, limits.listedMax)) {
    const ip = addressOfId(source.id)
    if (ip === undefined) continue
    const id = 'userHash' in source ? source.userHash : undefined
    const about = { ip, port: source.port }
    say.claim(from, about, 'peer', 'tcp', 'server-sources', { content: urnOf(hash), id })
  }
}
