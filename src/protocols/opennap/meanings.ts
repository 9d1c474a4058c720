/** What the messages between client and server mean: claims, shares, searches, requests, clients. */
import type { Endpoint } from '../../core/address.ts'
import { parseIp } from '../../core/address.ts'
import type { Json, Side } from '../../core/event.ts'
import { other } from '../../core/flow-teller.ts'
import { limits } from '../../core/limits.ts'
import { nameOf, stepsOut } from '../formats/file-path.ts'
import { fileUrn, md5Urn } from './content.ts'
import type { Fields } from './fields.ts'
import { folderFilesOf, searchOf } from './searches.ts'
import { softwareOfClient, softwareOfMotd } from './software.ts'
import type { Teller } from './teller.ts'
import { addressIn, type File, fileIn, isPort, numberIn, textIn, type Values } from './values.ts'

export interface Read {
  readonly from: Side
  /** Said by the client; else by the server. */
  readonly isClient: boolean
  readonly number: number
  readonly name: string
  readonly fields: Fields
  /** The text, where words in order do not tell it. Valid during the call. */
  readonly bytes: Uint8Array
}

/** Messages that only count, keep alive or end a list. */
const CARRIED: ReadonlySet<number> = new Set([
  202, 214, 217, 218, 219, 220, 221, 409, 617, 750, 751, 752, 827, 830, 831,
])

export class Meanings {
  readonly #teller: Teller
  /** Sizes of files by user and path: a download's answer says none. Bounded. */
  readonly #sizes = new Map<string, number>()
  /** Files of users that are being browsed; their address comes with the end of the list. */
  readonly #browsed = new Map<string, File[]>()
  /** Where users are, as far as messages said so. */
  readonly #addresses = new Map<string, string>()
  #nick: string | undefined

  constructor(teller: Teller) {
    this.#teller = teller
  }

  read(said: Read): void {
    const { from, number, name, fields } = said
    this.#log(said)
    if (said.isClient) this.#client(said)
    else this.#server(said)
    const path = textIn(fields.values, 'path')
    if (path !== undefined && stepsOut(path)) {
      this.#teller.threat(from, 'path-traversal', 'high', `"${path}" in ${name} (${number})`)
    }
  }

  #log({ from, number, name, fields, bytes }: Read): void {
    const values: { readonly [key: string]: Json } = { number, ...fields.values }
    if (number === 200) {
      const { text, results, filters } = searchOf(bytes)
      const more = { ...(results !== undefined && { count: results }), filters }
      return this.#teller.log(from, name, { number, text, ...more })
    }
    if (number === 870) {
      const files = folderFilesOf(bytes).map(({ path, size }) => ({ path, size }))
      return this.#teller.log(from, name, { number, files })
    }
    if (number === 932 || number === 995) return this.#teller.log(from, name, { number })
    if (CARRIED.has(number)) this.#teller.carry(from, name, values)
    else this.#teller.log(from, name, values)
  }

  #client({ from, number, fields: { values }, bytes }: Read): void {
    const by = this.#teller.who(from)
    const of = this.#teller.who(other(from))
    const nick = textIn(values, 'nick')
    switch (number) {
      case 2:
      case 6:
        return this.#login(from, values)
      case 7:
        return this.#teller.client({ who: by, ...(nick !== undefined && { nick }) })
      case 100:
      case 10300: {
        const file = fileIn(values)
        if (file !== undefined) this.#share(by, file, 'share')
        return
      }
      case 870:
        for (const file of folderFilesOf(bytes)) this.#share(by, file, 'share')
        return
      case 200: {
        const { text } = searchOf(bytes)
        this.#teller.out.say({ type: 'search', by, via: 'server', text })
        return
      }
      case 203:
      case 500: {
        const content = this.#contentOf(nick, values)
        const what = number === 203 ? 'download' : 'push'
        return this.#request(by, of, what, content)
      }
      case 211:
      case 640:
      case 10301:
        return this.#request(by, of, 'browse', undefined)
      case 215:
        return this.#request(by, of, 'resume', md5Urn(textIn(values, 'md5') ?? ''))
      case 300:
      case 703:
        return this.#listens(from, numberIn(values, 'port'))
      default:
    }
  }

  #server(said: Read): void {
    const { from, number } = said
    const { values } = said.fields
    switch (number) {
      case 5:
        return this.#upgrade(from, values)
      case 201:
        return this.#result(from, values)
      case 204:
      case 216:
      case 641:
        return this.#place(said, this.#contentOf(textIn(values, 'nick'), values))
      case 501:
      case 604:
      case 640:
      case 832:
        // 501 and 640 name who wants something, 604 and 832 who is there: nobody that has it.
        return this.#place(said, undefined)
      case 212:
        return this.#browse(values)
      case 213:
        return this.#browseEnd(said)
      case 621:
      case 801:
        return this.#motd(from, values)
      case 613:
        return this.#listens(other(from), numberIn(values, 'port'))
      case 821:
      case 822:
        return this.#redirect(from, values, number === 821)
      case 900:
      case 901:
        return this.#test(said)
      default:
    }
  }

  /** Nick, program and data port; 0 says that it cannot be reached. */
  #login(from: Side, values: Values): void {
    const nick = textIn(values, 'nick')
    const port = numberIn(values, 'port')
    this.#nick = nick
    this.#teller.client({
      who: this.#teller.who(from),
      ...softwareOfClient(textIn(values, 'client') ?? ''),
      ...(nick !== undefined && { nick }),
      ...(port !== undefined && isPort(port) && { listens: this.#own(from, port) }),
    })
    this.#listens(from, port)
  }

  #own(from: Side, port: number): Endpoint {
    return { ip: this.#teller.who(from).ip, port }
  }

  #listens(side: Side, port: number | undefined): void {
    if (port === undefined || !isPort(port)) return
    this.#teller.claim(side, this.#own(side, port), 'login')
  }

  #request(by: Endpoint, of: Endpoint, what: string, content: string | undefined): void {
    const more = content !== undefined && { content }
    this.#teller.out.say({ type: 'request', by, of, what, ...more })
  }

  #share(by: Endpoint, { path, size, md5 }: File, via: string): void {
    const also = md5Urn(md5 ?? '')
    this.#teller.share({
      by,
      content: fileUrn(path, size),
      via,
      name: nameOf(path),
      size,
      ...(also !== undefined && { also: [also] }),
    })
  }

  /** A file and where it is; the port comes only when it is asked for. */
  #result(from: Side, values: Values): void {
    const nick = textIn(values, 'nick')
    const file = fileIn(values)
    const ip = addressIn(values)
    if (file === undefined || ip === undefined) return
    this.#remember(nick, file, ip)
    const about = { ip, port: 0 }
    this.#teller.claim(from, about, 'search-result', { content: fileUrn(file.path, file.size) })
    this.#share(about, file, 'search-result')
  }

  #remember(nick: string | undefined, file: File, ip: string): void {
    if (nick === undefined) return
    const key = `${nick} ${file.path}`
    if (this.#sizes.size < limits.listedMax) this.#sizes.set(key, file.size)
    if (this.#addresses.size < limits.listedMax) this.#addresses.set(nick, ip)
  }

  /** What is asked for, by user and path: its size is known where a list named it. */
  #contentOf(nick: string | undefined, values: Values): string | undefined {
    const path = textIn(values, 'path')
    if (path === undefined) return undefined
    const size = numberIn(values, 'size') ?? this.#sizes.get(`${nick ?? ''} ${path}`)
    return size === undefined ? md5Urn(textIn(values, 'md5') ?? '') : fileUrn(path, size)
  }

  #place({ from, number, name, fields: { values } }: Read, content: string | undefined): void {
    const ip = addressIn(values)
    if (ip === undefined) return
    const port = numberIn(values, 'port') ?? 0
    if (port > 0xffff || port < 0) return
    const about = { ip, port }
    const nick = textIn(values, 'nick')
    this.#teller.claim(from, about, name, content === undefined ? {} : { content })
    if (nick !== undefined && this.#addresses.size < limits.listedMax) {
      this.#addresses.set(nick, ip)
    }
    if (number !== 604 || nick === undefined) return
    const software = softwareOfClient(textIn(values, 'client') ?? '')
    this.#teller.client({ who: about, nick, ...software, ...(port > 0 && { listens: about }) })
  }

  #browse(values: Values): void {
    const nick = textIn(values, 'nick')
    const file = fileIn(values)
    if (nick === undefined || file === undefined) return
    let files = this.#browsed.get(nick)
    if (files === undefined) {
      if (this.#browsed.size >= BROWSED_MAX) return
      files = []
      this.#browsed.set(nick, files)
    }
    if (files.length < limits.listedMax) files.push(file)
    if (this.#sizes.size < limits.listedMax) this.#sizes.set(`${nick} ${file.path}`, file.size)
  }

  /** The end of a browse tells the address, where the server is new enough. */
  #browseEnd({ from, fields: { values } }: Read): void {
    const nick = textIn(values, 'nick')
    if (nick === undefined) return
    const said = addressIn(values)
    const ip = said ?? this.#addresses.get(nick)
    const files = this.#browsed.get(nick) ?? []
    this.#browsed.delete(nick)
    if (ip === undefined) return
    const about = { ip, port: 0 }
    if (said !== undefined && files.length === 0) this.#teller.claim(from, about, 'browse')
    for (const file of files) {
      this.#teller.claim(from, about, 'browse', { content: fileUrn(file.path, file.size) })
      this.#share(about, file, 'browse')
    }
  }

  #motd(from: Side, values: Values): void {
    const found = softwareOfMotd(textIn(values, 'text') ?? '')
    if (found !== undefined) this.#teller.client({ who: this.#teller.who(from), ...found })
  }

  #redirect(from: Side, values: Values, isServer: boolean): void {
    const host = textIn(values, 'host') ?? ''
    const [name, ownPort] = host.split(':')
    const ip = parseIp(name ?? '')
    const port = numberIn(values, 'port') ?? Number(ownPort ?? 0)
    if (ip === undefined || !Number.isInteger(port) || port < 0 || port > 0xffff) return
    const part = isServer ? 'server' : 'metaserver'
    this.#teller.claim(from, { ip, port }, isServer ? 'redirect' : 'cycle', { part })
  }

  #upgrade(from: Side, values: Values): void {
    const location = textIn(values, 'location')
    // Later versions leave the place out, and clients ignore it.
    if (location === undefined || location === '') return
    const why = `auto-upgrade (5): old clients fetch ${location} and run it`
    this.#teller.threat(from, 'commanded-download', 'high', why)
  }

  #test({ from, number, fields: { values } }: Read): void {
    const port = numberIn(values, 'port') ?? 0
    if (number === 901) {
      const why = `listen test (901): the client is told to listen on port ${port}`
      return this.#teller.threat(from, 'commanded-listen', 'medium', why)
    }
    const ip = addressIn(values)
    if (ip === undefined) return
    const why = `connect test (900): the client is told to connect to ${ip}:${port} and to send what it is given`
    this.#teller.threat(from, 'commanded-connection', 'medium', why)
  }

  /** The nick this connection logged in with. */
  get nick(): string | undefined {
    return this.#nick
  }

  end(): void {
    this.#browsed.clear()
  }
}

/** Users that are browsed at the same time. */
const BROWSED_MAX = 64
