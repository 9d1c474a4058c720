/**
 * A small eDonkey server: users log in, it calls them to see whether they can be called, and gives
 * them an id accordingly: their address (HighID), or a small number (LowID).
 *
 *     client                  server
 *     login               →
 *                             hello → client's port, hello-answer ←        or nothing
 *                         ←   server-message, id-change, status
 *     offer-files         →
 *     search              →   ← search-result
 *     get-sources         →   ← found-sources
 *     callback-request    →   callback-requested → who has that LowID: he calls
 *
 * No obfuscation, no UDP, no other servers. With the bug `injects`, an order to join somebody makes him a
 * source of everything.
 * Source: eMule ServerSocket.cpp, opcodes.h; goed2k-server; fixtures/server-tcp.pcap.
 */
import { NEVER, SECOND, ServingPeer } from '../../core/ordered-peer.ts'
import type { Link, Order, Site } from '../../core/peer.ts'
import {
  clientFrame,
  clientMessageOf,
  helloOf,
  highIdOf,
  NONE,
  newUserHash,
  numberTag,
  readFrame,
  serverFrame,
  serverMessageOf,
  textBytes,
  textTag,
} from './peer-node.ts'
import { type FileEntry, LOW_ID_END, type Source } from './wire/entries.ts'
import { type SearchTree, treeText } from './wire/search-tree.ts'
import type { ServerTcpMessage } from './wire/server-tcp.ts'
import { TAG, tagNumber, tagText } from './wire/tag.ts'

const USERS_MAX = 65_536
/** Soft limits of real servers of the time. */
const FILES_PER_USER_MAX = 5000
const RESULTS_MAX = 200
/** The count of sources is a byte. */
const SOURCES_MAX = 255
const VICTIMS_MAX = 64
/** How long a client may take to answer the call that tests it. */
const TEST_MICROS = 5 * SECOND
/** Compressed frames are understood: bit 0 of the flags. */
const FLAGS = 1

interface User {
  readonly link: Link
  readonly nick: string
  readonly ip: string
  readonly port: number
  /** 0: the test is still under way. */
  id: number
  test: Link | undefined
  testMicros: number
  readonly hashes: Set<string>
}

interface Indexed {
  readonly name: string
  readonly lower: string
  readonly type: string
  readonly size: number
  readonly sources: Set<User>
}

export class Server extends ServingPeer {
  #userHash = ''
  readonly #users = new Set<User>()
  readonly #lowIds = new Map<number, User>()
  readonly #victims: Source[] = []
  readonly #files = new Map<string, Indexed>()
  /** Being tested, in the order of their logins. */
  readonly #tested: User[] = []
  #lastLowId = 0

  override start(site: Site): void {
    super.start(site)
    this.#userHash = newUserHash(site)
  }

  protected override obey(order: Order): string | undefined {
    const isVictim = order.do === 'join' && this.settings.bugs.includes('injects')
    const id = isVictim ? highIdOf(order.at.ip) : undefined
    if (!isVictim || id === undefined) return super.obey(order)
    if (this.#victims.length >= VICTIMS_MAX) return 'too many victims'
    this.#victims.push({ id, port: order.at.port })
    return undefined
  }

  override opened(link: Link): void {
    // A client that is tested took the call.
    if (!link.byUs) return
    const ip = link.local.ip
    const me = { userHash: this.#userHash, id: highIdOf(ip) ?? 0, port: this.settings.port }
    const body = helloOf(this.settings.nick, me, { ip: this.site.ip, port: this.settings.port })
    link.send(clientFrame({ type: 'hello', body, rest: NONE }))
  }

  data(link: Link, bytes: Uint8Array): number {
    const user = link.state as User | undefined
    const used = readFrame(bytes, (frame) => {
      if (user !== undefined && user.test === link) {
        if (clientMessageOf(frame)?.type === 'hello-answer') this.#judge(user, true)
        return
      }
      const message = serverMessageOf(frame)
      if (message === undefined) this.#drop(link)
      else if (user === undefined) this.#login(link, message)
      else this.#fromUser(user, message)
    })
    if (used !== 'broken') return used
    this.#drop(link)
    return bytes.length
  }

  closed(link: Link): void {
    const user = link.state as User | undefined
    if (user?.test === link) this.#judge(user, false)
    else this.#gone(user)
  }

  override wake(): void {
    const now = this.site.nowMicros
    while (this.#tested[0] !== undefined && this.#tested[0].testMicros <= now) {
      this.#judge(this.#tested[0], false)
    }
    this.#alarm()
  }

  #alarm(): void {
    const due = this.#tested[0]?.testMicros ?? NEVER
    if (due !== NEVER) this.site.wakeAt(due)
  }

  #drop(link: Link): void {
    this.#gone(link.state as User | undefined)
    link.close()
  }

  #gone(user: User | undefined): void {
    if (user === undefined || !this.#users.delete(user)) return
    user.link.state = undefined
    this.#endTest(user)
    this.#lowIds.delete(user.id)
    for (const hash of user.hashes) {
      const file = this.#files.get(hash)
      file?.sources.delete(user)
      if (file?.sources.size === 0) this.#files.delete(hash)
    }
  }

  #login(link: Link, message: ServerTcpMessage): void {
    if (message.type !== 'login' || this.#users.size >= USERS_MAX) return link.close()
    const { port, tags } = message.body
    const user: User = {
      link,
      nick: tagText(tags, TAG.name) ?? '',
      ip: link.remote.ip,
      port,
      id: 0,
      test: undefined,
      testMicros: this.site.nowMicros + TEST_MICROS,
      hashes: new Set(),
    }
    link.state = user
    this.#users.add(user)
    this.#say(user, `${this.settings.nick}: a server of an experiment`)
    if (port === 0) return this.#judge(user, false)
    user.test = this.site.connect({ ip: user.ip, port })
    user.test.state = user
    this.#tested.push(user)
    if (this.#tested.length === 1) this.#alarm()
  }

  #endTest(user: User): void {
    const index = this.#tested.indexOf(user)
    if (index >= 0) this.#tested.splice(index, 1)
    const test = user.test
    user.test = undefined
    test?.close()
  }

  /** Who can be called gets his address as id. */
  #judge(user: User, canBeCalled: boolean): void {
    this.#endTest(user)
    if (user.id !== 0 || !this.#users.has(user)) return
    const high = canBeCalled ? highIdOf(user.ip) : undefined
    user.id = high ?? this.#nextLowId()
    if (high === undefined) this.#lowIds.set(user.id, user)
    const id = { id: user.id, flags: FLAGS, tcpPort: undefined, ip: undefined }
    this.#send(user, { type: 'id-change', body: { ...id, obfuscationPort: undefined }, rest: NONE })
    const body = { users: this.#users.size, files: this.#files.size }
    this.#send(user, { type: 'status', body, rest: NONE })
  }

  #nextLowId(): number {
    do this.#lastLowId = (this.#lastLowId + 1) % LOW_ID_END
    while (this.#lastLowId === 0 || this.#lowIds.has(this.#lastLowId))
    return this.#lastLowId
  }

  #send({ link }: User, message: ServerTcpMessage): void {
    link.send(serverFrame(message))
  }

  #say(user: User, words: string): void {
    this.#send(user, { type: 'server-message', body: textBytes(words), rest: NONE })
  }

  #fromUser(user: User, message: ServerTcpMessage): void {
    switch (message.type) {
      case 'offer-files':
        for (const entry of message.body) this.#offer(user, entry)
        return
      case 'search':
        return this.#search(user, message.body)
      case 'get-sources':
        return this.#sources(user, message.body.hash, false)
      case 'get-sources-obfuscated':
        return this.#sources(user, message.body.hash, true)
      case 'callback-request':
        return this.#callback(user, message.body)
      case 'get-server-list':
        return this.#send(user, { type: 'server-list', body: [], rest: NONE })
      case 'more-results':
        return this.#send(user, {
          type: 'search-result',
          body: { files: [], more: 0 },
          rest: NONE,
        })
      case 'disconnect':
        return this.#drop(user.link)
      default:
        return
    }
  }

  #offer(user: User, { hash, tags }: FileEntry): void {
    const name = tagText(tags, TAG.name)
    const low = tagNumber(tags, TAG.size)
    if (name === undefined || low === undefined || user.hashes.size >= FILES_PER_USER_MAX) return
    const size = low + (tagNumber(tags, TAG.sizeHigh) ?? 0) * 2 ** 32
    let file = this.#files.get(hash)
    if (file === undefined) {
      const type = tagText(tags, TAG.fileType) ?? ''
      file = { name, lower: name.toLowerCase(), type, size, sources: new Set() }
      this.#files.set(hash, file)
    }
    user.hashes.add(hash)
    file.sources.add(user)
  }

  #search(user: User, tree: SearchTree): void {
    const found: FileEntry[] = []
    for (const [hash, file] of this.#files) {
      if (found.length >= RESULTS_MAX) break
      if (!fits(tree, file)) continue
      const [first] = file.sources
      const tags = [
        textTag(TAG.name, file.name),
        numberTag(TAG.size, file.size % 2 ** 32),
        numberTag(TAG.sources, file.sources.size),
      ]
      found.push({ hash, id: first!.id, port: first!.port, tags })
    }
    this.#send(user, { type: 'search-result', body: { files: found, more: 0 }, rest: NONE })
  }

  #sources(user: User, hash: string, isObfuscated: boolean): void {
    const others = [...(this.#files.get(hash)?.sources ?? [])].filter(
      (each) => each !== user && each.id !== 0,
    )
    const sources = [...this.#victims, ...others]
      .slice(0, SOURCES_MAX)
      .map(({ id, port }) => ({ id, port }))
    if (!isObfuscated) {
      return this.#send(user, { type: 'found-sources', body: { hash, sources }, rest: NONE })
    }
    const plain = sources.map((each) => ({ ...each, options: 0, userHash: undefined }))
    const body = { hash, sources: plain }
    this.#send(user, { type: 'found-sources-obfuscated', body, rest: NONE })
  }

  /** Two with LowIDs cannot reach each other. */
  #callback(user: User, id: number): void {
    const other = this.#lowIds.get(id)
    if (other === undefined || user.id < LOW_ID_END) {
      return this.#send(user, { type: 'callback-failed', body: null, rest: NONE })
    }
    const body = { ip: user.ip, port: user.port, options: undefined, userHash: undefined }
    this.#send(other, { type: 'callback-requested', body, rest: NONE })
  }
}

// biome-ignore format: a table
const COMPARE: readonly ((a: number, b: number) => boolean)[] = [
  (a, b) => a === b, (a, b) => a > b, (a, b) => a < b,
  (a, b) => a >= b, (a, b) => a <= b, (a, b) => a !== b,
]

/** The tree's depth is bounded where it was read. */
function fits(tree: SearchTree, file: Indexed): boolean {
  switch (tree.type) {
    case 'and':
      return fits(tree.left, file) && fits(tree.right, file)
    case 'or':
      return fits(tree.left, file) || fits(tree.right, file)
    case 'not':
      return fits(tree.left, file) && !fits(tree.right, file)
    case 'keyword':
      return treeText(tree)
        .toLowerCase()
        .split(' ')
        .every((word) => file.lower.includes(word))
    case 'property':
      // Only kinds are known here; what else is wanted of a file is let pass.
      return (
        tree.name[0] !== TAG.fileType || file.type === '' || treeText(tree) === `type=${file.type}`
      )
    case 'number': {
      const value =
        tree.name[0] === TAG.size
          ? file.size
          : tree.name[0] === TAG.sources
            ? file.sources.size
            : undefined
      return value === undefined || (COMPARE[tree.comparison]?.(value, tree.value) ?? true)
    }
  }
}
