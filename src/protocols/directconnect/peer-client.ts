/**
 * A small NMDC client: finds its way into a hub, shares, searches, browses, fetches.
 *
 *     peer-hub-client what both dialects do   peer-shares    its files
 *     peer-node       commands, limits        peer-jobs      what it wants
 *     peer-talk       a connection with another client
 *
 * One that can be called is active: it gets results by datagram and tells others where to call it. A
 * passive one gets results through the hub, and asks others to tell it where to call them.
 * Source: nmdc.sourceforge.io NMDC 1.3; eiskaltdcpp dcpp/NmdcHub.cpp; fixtures/nmdc-hub.pcap.
 */
import { type Endpoint, parseEndpoint } from '../../core/address.ts'
import { bytesOf, concat } from '../../core/bytes.ts'
import { text } from '../../core/text.ts'
import { nameOf } from '../formats/file-path.ts'
import { numberOf } from './content.ts'
import { HubClient, RESULTS_MAX, SLOTS, wordsOf } from './peer-hub-client.ts'
import { at, command, escaped, FIVE, lockIn, nickOf, readCommand, type Said } from './peer-node.ts'
import { ClientTalk } from './peer-talk.ts'
import { keyOf } from './wire/key.ts'

const SUPPORTS = 'NoHello NoGetINFO UserIP2 TTHSearch '
const USERS_MAX = 16_384
/** Results to one who gets them through the hub. */
const PASSIVE_RESULTS_MAX = 5

export class Client extends HubClient {
  /** Nicks of those who are passive. */
  readonly #passive = new Set<string>()

  get #told(): string {
    return at({ ip: this.site.ip, port: this.settings.port })
  }

  /** The hub speaks first. */
  protected greet(): void {}

  protected answering(): ClientTalk {
    return new ClientTalk(this)
  }

  protected fromHub(bytes: Uint8Array): number | 'broken' {
    return readCommand(bytes, (said) => this.#take(said))
  }

  datagram(_atPort: number, from: Endpoint, bytes: Uint8Array): void {
    const words = text(bytes).replace(/\|$/, '')
    if (words.startsWith('$SR ')) this.#result(words.slice(4), from)
  }

  protected override forget(): void {
    super.forget()
    this.#passive.clear()
  }

  #send(words: string): void {
    this.hub!.send(command(words))
  }

  #take({ name, rest }: Said): void {
    switch (name) {
      case 'Lock':
        return this.#unlock(lockIn(rest))
      case 'ValidateDenide':
        this.hub!.close()
        return this.lost('the nick is taken')
      case 'Hello':
        if (rest === this.nick && !this.isIn) this.#greeted()
        return
      case 'MyINFO':
        return this.#met(rest)
      case 'Quit':
        this.#passive.delete(rest)
        return
      case 'Search':
        return this.#answer(rest)
      case 'SR':
        return this.#result(rest, undefined)
      case 'ConnectToMe': {
        const where = parseEndpoint(rest.split(' ')[1] ?? '')
        if (where !== undefined) this.#call(where)
        return
      }
      case 'RevConnectToMe': {
        const from = nickOf(rest.split(' ')[0]!)
        if (this.isActive) this.#send(`$ConnectToMe ${from} ${this.#told}`)
        return
      }
      default:
        return
    }
  }

  #unlock(lock: string): void {
    const key = keyOf(bytesOf(lock))
    if (key === undefined || this.isIn) return
    this.#send(`$Supports ${SUPPORTS}`)
    this.hub!.send(concat(bytesOf('$Key '), key, bytesOf('|')))
    this.#send(`$ValidateNick ${this.nick}`)
  }

  #greeted(): void {
    this.#send('$Version 1,0091')
    this.#send('$GetNickList')
    this.inform()
    this.entered()
  }

  protected inform(): void {
    const tag = `<PeerscopeLab V:1.0,M:${this.isActive ? 'A' : 'P'},H:1/0/0,S:${SLOTS}>`
    this.#send(`$MyINFO $ALL ${this.nick} ${tag}$ $100\x01$$${this.shares.bytes}$`)
  }

  /** `$ALL nick description<program V:…,M:A,…>$ …` */
  #met(rest: string): void {
    const nick = rest.split(' ', 2)[1]
    if (nick === undefined || nick === '') return
    if (!rest.includes(',M:P,')) this.#passive.delete(nick)
    else if (this.#passive.size < USERS_MAX) this.#passive.add(nick)
  }

  protected ask(words: readonly string[]): void {
    const from = this.isActive ? this.#told : `Hub:${this.nick}`
    const asked = escaped(words.join('\0').toLowerCase()).replaceAll('\0', '$')
    this.#send(`$Search ${from} F?T?0?1?${asked}`)
  }

  /** Somebody searches. */
  #answer(rest: string): void {
    const match = /^(?:Hub:(\S+)|(\S+)) ([\s\S]+)$/.exec(rest)
    if (match === null || match[1] === this.nick || match[2] === this.#told) return
    const [, nick, address, asked] = match
    const to = address === undefined ? undefined : parseEndpoint(address)
    const most = nick === undefined ? RESULTS_MAX : PASSIVE_RESULTS_MAX
    for (const { path, file, root } of this.shares.find(asked!, most)) {
      const slots = `${this.slots}/${SLOTS}`
      const where = at(this.hubAt!)
      const words = `$SR ${this.nick} ${path}${FIVE}${file.size} ${slots}${FIVE}TTH:${root} (${where})`
      if (nick !== undefined) this.#send(`${words}${FIVE}${nick}`)
      else if (to !== undefined && this.settings.port !== 0) {
        this.site.sendTo(this.settings.port, to, command(words))
      }
    }
  }

  /** `nick path 05 size free/all 05 TTH:root (hub)` */
  #result(rest: string, from: Endpoint | undefined): void {
    const parts = rest.split(FIVE)
    const who = /^(\S+) ([\s\S]+)$/.exec(parts[0]!)
    const size = numberOf(/^(\d+) \d+\/\d+$/.exec(parts[1] ?? '')?.[1])
    const root = /^TTH:([A-Z2-7]{39}) \(/.exec(parts[2] ?? '')?.[1]
    if (who === null || size === undefined || root === undefined) return
    const [, nick, path] = who as unknown as [string, string, string]
    const shown = path.toLowerCase()
    const source = { nick, name: nameOf(path), size, root }
    this.found.result(
      (search) => wordsOf(search.text.toLowerCase()).every((word) => shown.includes(word)),
      source,
      from,
    )
  }

  meet(nick: string): string | undefined {
    if (!this.isIn) return 'in no hub'
    if (this.isActive) this.#send(`$ConnectToMe ${nick} ${this.#told}`)
    else if (this.#passive.has(nick)) return 'neither can be called'
    else this.#send(`$RevConnectToMe ${this.nick} ${nick}`)
    return undefined
  }

  /** A client believes its hub. */
  #call(where: Endpoint): void {
    this.call(where, () => new ClientTalk(this, `dchub://${at(this.hubAt!)}`))
  }
}
