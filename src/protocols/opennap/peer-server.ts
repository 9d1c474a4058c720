/**
 * A small index server: users log in, tell what they share, search it, and are told where to fetch.
 *
 *     client                     server                      owner
 *     2 login, 100 share …   →
 *                            ←   3 login-ok, 621, 214
 *     200 search             →
 *                            ←   201 …, 202
 *     203 download           →   607 upload-request      →
 *                            ←   204 where he listens    ←   608 upload-accept
 *     500 push               →   501 whom to call        →              (where his port is 0)
 *
 * It keeps no accounts: any password will do, as OpenNap's without registration. No channels, no
 * links to other servers.
 * Source: opennap, napster.txt.
 */
import { ServingPeer } from '../../core/ordered-peer.ts'
import type { Link } from '../../core/peer.ts'
import { latin1 } from '../../core/text.ts'
import { decoded } from './content.ts'
import {
  frame,
  hasBug,
  nickOf,
  numberOfIp,
  quoted,
  readFrame,
  searchWords,
  TEXT_BYTES_MAX,
  valuesOf,
} from './peer-node.ts'
import { searchOf } from './searches.ts'
import type { Frame } from './wire/frame.ts'

const USERS_MAX = 65_536
/** OpenNap's usual `max_shared`. */
const FILES_PER_USER_MAX = 5000
/** OpenNap's usual `max_results`, also where a client wants more. */
const RESULTS_MAX = 100
/** OpenNap's usual `max_hotlist`. */
const HOTLIST_MAX = 32
/** A client that asked for more than this and got no answer starts to lose the oldest. */
const WAITING_MAX = 64
const LOGIN_ERROR = 0

/** What a user shares: the words of 100 behind the path, as he told them. */
interface Shared {
  readonly path: string
  /** md5, size, bitrate, frequency, seconds. */
  readonly facts: readonly string[]
  readonly words: ReadonlySet<string>
}

interface User {
  readonly link: Link
  readonly nick: string
  port: string
  readonly client: string
  readonly speed: string
  readonly sinceMicros: number
  readonly files: Map<string, Shared>
  readonly hotlist: Set<string>
  /** Downloads that wait for the owner's word. */
  readonly waiting: { readonly owner: string; readonly path: string }[]
}

export class Server extends ServingPeer {
  /** By nick in small letters: `Bob` and `bob` are one. */
  readonly #users = new Map<string, User>()
  #files = 0

  data(link: Link, bytes: Uint8Array): number {
    const used = readFrame(bytes, (message) => this.#take(link, message))
    if (used !== 'broken') return used
    this.#drop(link)
    return bytes.length
  }

  closed(link: Link): void {
    this.#gone(link)
  }

  #drop(link: Link): void {
    this.#gone(link)
    link.close()
  }

  #gone(link: Link): void {
    const user = link.state as User | undefined
    link.state = undefined
    if (user === undefined) return
    this.#users.delete(user.nick.toLowerCase())
    this.#files -= user.files.size
    this.#tellWatchers(user, frame(210, user.nick))
  }

  #take(link: Link, message: Frame): void {
    if (message.text.length > TEXT_BYTES_MAX) return this.#drop(link)
    const user = link.state as User | undefined
    if (user !== undefined) return this.#fromUser(user, message)
    const words = valuesOf(message)
    if (message.number === 2 || message.number === 6) this.#login(link, words)
    else if (message.number === 7) this.#checkNick(link, words[0] ?? '')
    else this.#refuse(link, 'not logged in')
  }

  #refuse(link: Link, why: string): void {
    link.send(frame(LOGIN_ERROR, why))
    this.#drop(link)
  }

  #checkNick(link: Link, nick: string): void {
    const isTaken = this.#users.has(nick.toLowerCase())
    link.send(frame(nick !== nickOf(nick) || nick === '' ? 10 : isTaken ? 9 : 8))
  }

  #login(link: Link, words: readonly string[]): void {
    const [nick, , port, client, speed] = words
    if (nick === undefined || speed === undefined || !isPort(port)) {
      return this.#refuse(link, 'invalid login')
    }
    if (nick !== nickOf(nick)) return this.#refuse(link, 'invalid nickname')
    if (this.#users.has(nick.toLowerCase())) return this.#refuse(link, `${nick} is already active`)
    if (this.#users.size >= USERS_MAX) return this.#refuse(link, 'server is full')
    const user: User = {
      link,
      nick,
      port,
      client: client!,
      speed,
      sinceMicros: this.site.nowMicros,
      files: new Map(),
      hotlist: new Set(),
      waiting: [],
    }
    link.state = user
    this.#users.set(nick.toLowerCase(), user)
    link.send(frame(3, 'anon@peerscope.invalid'))
    link.send(frame(621, `${this.settings.nick} is a server of an experiment`))
    this.#stats(user)
    this.#tellWatchers(user, frame(209, `${nick} ${speed}`))
  }

  #tellWatchers(user: User, bytes: Uint8Array): void {
    const name = user.nick.toLowerCase()
    for (const other of this.#users.values()) if (other.hotlist.has(name)) other.link.send(bytes)
  }

  #fromUser(user: User, message: Frame): void {
    const words = valuesOf(message)
    const [first = '', second = ''] = words
    switch (message.number) {
      case 100:
        return this.#share(user, words)
      case 102:
        if (user.files.delete(first)) this.#files--
        return
      case 110:
        this.#files -= user.files.size
        return user.files.clear()
      case 200:
        return this.#search(user, message.text)
      case 203:
        return this.#download(user, first, second)
      case 205:
        return this.#private(user, first, message)
      case 207:
      case 208:
        return this.#watch(user, first, message.number === 207)
      case 211:
        return this.#browse(user, first)
      case 214:
        return this.#stats(user)
      case 215:
        return this.#resume(user, first, second)
      case 300:
        if (isPort(first)) user.port = first
        return
      case 303:
        user.hotlist.delete(first.toLowerCase())
        return
      case 500:
        return this.#push(user, first, second)
      case 600:
      case 603:
        return this.#whois(user, first, message.number)
      case 608:
      case 609:
        return this.#answered(user, first, second, message.number === 608)
      case 218:
      case 219:
      case 220:
      case 221:
        // How many run is counted by big servers only.
        return
      default:
        user.link.send(frame(404, `unknown message ${message.number}`))
    }
  }

  #share(user: User, [path, ...facts]: readonly string[]): void {
    const size = facts[1]
    if (path === undefined || facts.length < 5 || !/^\d{1,15}$/.test(size!)) {
      return user.link.send(frame(404, 'invalid parameter data to add a file'))
    }
    if (user.files.size >= FILES_PER_USER_MAX) {
      return user.link.send(frame(404, `you may only share ${FILES_PER_USER_MAX} files`))
    }
    const words = new Set(searchWords(decoded(path)))
    if (!user.files.has(path)) this.#files++
    user.files.set(path, { path, facts: facts.slice(0, 5), words })
  }

  #search(user: User, text: Uint8Array): void {
    const { text: wanted, results = RESULTS_MAX } = searchOf(text)
    const parts = wanted.split(' ')
    const without = parts.filter((part) => part.startsWith('-')).flatMap(searchWords)
    const having = parts.filter((part) => !part.startsWith('-')).flatMap(searchWords)
    let left = Math.min(results, RESULTS_MAX)
    for (const other of having.length === 0 ? [] : this.#users.values()) {
      if (left <= 0) break
      // One's own files are not told.
      if (other === user) continue
      for (const { path, facts, words } of other.files.values()) {
        if (left <= 0) break
        if (!having.every((word) => words.has(word))) continue
        if (without.some((word) => words.has(word))) continue
        const { nick, speed } = other
        user.link.send(
          frame(201, `${quoted(path)} ${facts.join(' ')} ${nick} ${this.#ipOf(other)} ${speed}`),
        )
        left--
      }
    }
    user.link.send(frame(202))
  }

  #ipOf({ link }: User): string {
    return numberOfIp(link.remote.ip, hasBug(this.settings, 'reversed-address'))
  }

  #sharedBy(nick: string, path: string): { owner: User; file: Shared } | undefined {
    const owner = this.#users.get(nick.toLowerCase())
    const file = owner?.files.get(path)
    return owner === undefined || file === undefined ? undefined : { owner, file }
  }

  #download(user: User, nick: string, path: string): void {
    const found = this.#sharedBy(nick, path)
    if (found === undefined) return user.link.send(frame(206, `${nick} ${quoted(path)}`))
    if (user.waiting.length >= WAITING_MAX) user.waiting.shift()
    user.waiting.push({ owner: found.owner.nick, path })
    found.owner.link.send(frame(607, `${user.nick} ${quoted(path)} ${user.speed}`))
  }

  /** An owner says whether he will send. */
  #answered(owner: User, nick: string, path: string, isYes: boolean): void {
    const user = this.#users.get(nick.toLowerCase())
    const at = user?.waiting.findIndex((each) => each.owner === owner.nick && each.path === path)
    if (user === undefined || at === undefined || at < 0) return
    user.waiting.splice(at, 1)
    const file = owner.files.get(path)
    if (!isYes || file === undefined) {
      return user.link.send(frame(isYes ? 206 : 609, `${owner.nick} ${quoted(path)}`))
    }
    user.link.send(frame(204, this.#where(owner, path, file)))
  }

  /** Whom to call for a file, as 204 and 501 say it: in 501 it is the one who wants it. */
  #where(whom: User, path: string, file: Shared): string {
    const ip = this.#ipOf(whom)
    return `${whom.nick} ${ip} ${whom.port} ${quoted(path)} ${file.facts[0]} ${whom.speed}`
  }

  #push(user: User, nick: string, path: string): void {
    const found = this.#sharedBy(nick, path)
    if (found === undefined) return user.link.send(frame(206, `${nick} ${quoted(path)}`))
    if (user.port === '0') return user.link.send(frame(404, 'your data port is 0 too'))
    found.owner.link.send(frame(501, this.#where(user, path, found.file)))
  }

  #resume(user: User, md5: string, size: string): void {
    let left = RESULTS_MAX
    for (const other of this.#users.values()) {
      for (const { path, facts } of other.files.values()) {
        if (left <= 0 || other === user) break
        if (facts[0] !== md5 || facts[1] !== size) continue
        const where = `${other.nick} ${this.#ipOf(other)} ${other.port} ${quoted(path)}`
        user.link.send(frame(216, `${where} ${md5} ${size} ${other.speed}`))
        left--
      }
    }
    user.link.send(frame(217))
  }

  #private(user: User, nick: string, message: Frame): void {
    const other = this.#users.get(nick.toLowerCase())
    if (other === undefined) return user.link.send(frame(404, `${nick} is not online`))
    const said = latin1(message.text, nick.length + 1)
    other.link.send(frame(205, `${user.nick} ${said}`))
  }

  /** Put on a hot list: its owner is told when that user comes and goes. */
  #watch(user: User, nick: string, isAsked: boolean): void {
    const isFull = user.hotlist.size >= HOTLIST_MAX
    if (!isFull && nick !== '') user.hotlist.add(nick.toLowerCase())
    // A list told at login (208) is not answered, but for who is there.
    if (isAsked) user.link.send(frame(isFull ? 302 : 301, nick))
    const other = this.#users.get(nick.toLowerCase())
    if (other !== undefined && !isFull) user.link.send(frame(209, `${other.nick} ${other.speed}`))
  }

  #browse(user: User, nick: string): void {
    const other = this.#users.get(nick.toLowerCase())
    if (other === undefined) return user.link.send(frame(404, `${nick} is not online`))
    for (const { path, facts } of other.files.values()) {
      user.link.send(frame(212, `${other.nick} ${quoted(path)} ${facts.join(' ')}`))
    }
    user.link.send(frame(213, `${other.nick} ${this.#ipOf(other)}`))
  }

  #stats(user: User): void {
    user.link.send(frame(214, `${this.#users.size} ${this.#files} 0`))
  }

  #whois(user: User, nick: string, number: number): void {
    const other = this.#users.get(nick.toLowerCase())
    if (other === undefined) return user.link.send(frame(404, `${nick} is not online`))
    if (number === 600) return user.link.send(frame(601, `${other.nick} ${other.speed}`))
    const seconds = Math.floor((this.site.nowMicros - other.sinceMicros) / 1e6)
    const { files, speed, client } = other
    const counts = `${files.size} 0 0 ${speed} ${quoted(client)}`
    user.link.send(frame(604, `${other.nick} "User" ${seconds} "" "Active" ${counts}`))
  }
}

function isPort(word: string | undefined): word is string {
  return word !== undefined && /^\d{1,5}$/.test(word) && Number(word) <= 0xffff
}
