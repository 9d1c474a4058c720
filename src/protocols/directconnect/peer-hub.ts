/**
 * A small NMDC hub: it asks who comes for the key to its lock, tells all of each other, and relays.
 *
 *     hub      $Lock …|
 *     client   $Supports …|$Key …|$ValidateNick alice|
 *     hub      $Supports …|$HubName …|$Hello alice|
 *     client   $Version …|$GetNickList|$MyINFO $ALL alice …|
 *     hub      $MyINFO of all|$OpList …|
 *
 * Searches go to all others, `$ConnectToMe` and `$RevConnectToMe` to one, `$SR` of who answers a
 * passive one to him. An honest hub lets nobody name another address than his own. No passwords, no
 * operators, no deflated streams.
 *
 * With the bug `misdirects`, an order to join something makes that the victim: from then on all who
 * are there, and all whom others ask to call, are told to call it. So hubs flooded web servers in 2007.
 * Source: nmdc.sourceforge.io NMDC 1.3; fixtures/nmdc-hub.pcap.
 */

import { type Endpoint, parseEndpoint } from '../../core/address.ts'
import { bytesOf, concat, sameBytes } from '../../core/bytes.ts'
import { ServingPeer } from '../../core/ordered-peer.ts'
import type { Link, Order } from '../../core/peer.ts'
import {
  at,
  command,
  FIVE,
  hasBug,
  lockOf,
  nickOf,
  PK,
  readCommand,
  type Said,
} from './peer-node.ts'
import { keyOf } from './wire/key.ts'
import { nmdcWire } from './wire/nmdc.ts'

const USERS_MAX = 16_384
const SUPPORTS = 'NoHello NoGetINFO UserIP2 TTHSearch '

interface User {
  readonly link: Link
  readonly lock: string
  hasKey: boolean
  /** Empty until its name was found good. */
  nick: string
  supports: readonly string[]
  /** As the client wrote it; empty until it is there. */
  info: string
}

export class Hub extends ServingPeer {
  /** Whoever is logged in, by nick. */
  readonly #users = new Map<string, User>()
  #victim: Endpoint | undefined

  override opened(link: Link): void {
    const lock = lockOf(this.site)
    const user: User = { link, lock, hasKey: false, nick: '', supports: [], info: '' }
    link.state = user
    link.send(command(`$Lock ${lock} Pk=${PK}`))
  }

  data(link: Link, bytes: Uint8Array): number {
    const user = link.state as User
    const used = readCommand(bytes, (said) => this.#take(user, said))
    if (used !== 'broken') return used
    this.#drop(user)
    return bytes.length
  }

  closed(link: Link): void {
    this.#gone(link.state as User)
  }

  protected override obey(order: Order): string | undefined {
    if (order.do === 'join' && hasBug(this.settings, 'misdirects')) {
      this.#victim = order.at
      for (const user of this.#users.values()) {
        user.link.send(command(`$ConnectToMe ${user.nick} ${at(order.at)}`))
      }
      return undefined
    }
    return super.obey(order)
  }

  #drop(user: User): void {
    this.#gone(user)
    user.link.close()
  }

  #gone(user: User): void {
    if (this.#users.get(user.nick) !== user) return
    this.#users.delete(user.nick)
    this.#toAll(command(`$Quit ${user.nick}`))
  }

  #toAll(bytes: Uint8Array, but?: User): void {
    for (const user of this.#users.values()) if (user !== but) user.link.send(bytes)
  }

  #take(user: User, said: Said): void {
    const { name, rest } = said
    if (user.info !== '') return this.#fromUser(user, said)
    switch (name) {
      case 'Supports':
        user.supports = rest.trim().split(/ +/)
        return
      case 'Key':
        user.hasKey = isKeyOf(user.lock, said.body.subarray(5))
        if (!user.hasKey) this.#drop(user)
        return
      case 'ValidateNick':
        return this.#validate(user, rest)
      case 'GetNickList':
      case 'MyINFO':
        if (user.nick !== '') this.#fromUser(user, said)
        return
      default:
        // Versions, passwords nobody asked for, words of who is not in yet.
        return
    }
  }

  #validate(user: User, nick: string): void {
    const isFull = this.#users.size >= USERS_MAX
    if (!user.hasKey || user.nick !== '' || isFull) return this.#drop(user)
    if (nick === '' || nick !== nickOf(nick) || this.#users.has(nick)) {
      user.link.send(command(`$ValidateDenide ${nick}`))
      return this.#drop(user)
    }
    user.nick = nick
    this.#users.set(nick, user)
    if (user.supports.length > 0) user.link.send(command(`$Supports ${SUPPORTS}`))
    user.link.send(command(`$HubName ${this.settings.nick}`))
    user.link.send(command(`$Hello ${nick}`))
    if (user.supports.includes('UserIP2')) {
      user.link.send(command(`$UserIP ${nick} ${user.link.remote.ip}$$`))
    }
  }

  #fromUser(user: User, { name, rest, body }: Said): void {
    const bytes = nmdcWire.emit({ body })
    switch (name) {
      case '':
        if (rest.startsWith(`<${user.nick}> `)) this.#toAll(bytes)
        return
      case 'MyINFO':
        return this.#info(user, rest, bytes)
      case 'GetNickList':
        return this.#list(user)
      case 'GetINFO': {
        const other = this.#users.get(rest.split(' ')[0]!)
        if (other?.info) user.link.send(command(`$MyINFO ${other.info}`))
        return
      }
      case 'Search':
        return this.#search(user, rest, bytes)
      case 'SR':
        return this.#result(user, rest)
      case 'ConnectToMe':
        return this.#connect(user, rest, bytes)
      case 'RevConnectToMe': {
        const [from, to] = rest.split(' ')
        if (from === user.nick) this.#users.get(to ?? '')?.link.send(bytes)
        return
      }
      case 'To': {
        const match = /^(\S+) From: (\S+) /.exec(rest)
        if (match?.[2] === user.nick) this.#users.get(match[1]!)?.link.send(bytes)
        return
      }
      default:
        return
    }
  }

  #info(user: User, rest: string, bytes: Uint8Array): void {
    if (!rest.startsWith(`$ALL ${user.nick} `)) return
    const isNew = user.info === ''
    user.info = rest
    if (isNew && user.supports.includes('NoGetINFO')) this.#sendInfos(user)
    for (const other of this.#users.values()) {
      const isOld = !other.supports.includes('NoHello')
      if (isNew && isOld && other !== user) other.link.send(command(`$Hello ${user.nick}`))
      other.link.send(bytes)
    }
  }

  #sendInfos(user: User): void {
    const infos = [...this.#users.values()].flatMap((other) =>
      other === user || other.info === '' ? [] : [command(`$MyINFO ${other.info}`)],
    )
    user.link.send(concat(...infos))
  }

  #list(user: User): void {
    const nicks = [...this.#users.keys()].map((nick) => `${nick}$$`).join('')
    user.link.send(command(`$NickList ${nicks}`))
    user.link.send(command('$OpList '))
  }

  #isOwn(user: User, address: string): boolean {
    return parseEndpoint(address)?.ip === user.link.remote.ip
  }

  #search(user: User, rest: string, bytes: Uint8Array): void {
    const match = /^(?:Hub:(\S+)|(\S+)) /.exec(rest)
    if (match === null) return
    const [, nick, address] = match
    if (nick === undefined ? this.#isOwn(user, address!) : nick === user.nick) {
      this.#toAll(bytes, user)
    }
  }

  /** Behind its last part a result tells the hub whom it is for. */
  #result(user: User, rest: string): void {
    const end = rest.lastIndexOf(FIVE)
    if (end < 0 || !rest.startsWith(`${user.nick} `)) return
    const wanted = this.#users.get(rest.slice(end + 1))
    wanted?.link.send(command(`$SR ${rest.slice(0, end)}`))
  }

  #connect(user: User, rest: string, bytes: Uint8Array): void {
    const [to = '', address = ''] = rest.split(' ')
    const other = this.#users.get(to)
    if (other === undefined || !this.#isOwn(user, address.replace(/[NRS]+$/, ''))) return
    if (this.#victim === undefined) other.link.send(bytes)
    else other.link.send(command(`$ConnectToMe ${to} ${at(this.#victim)}`))
  }
}

/** Locks of this hub have a key. */
function isKeyOf(lock: string, key: Uint8Array): boolean {
  return sameBytes(keyOf(bytesOf(lock))!, key)
}
