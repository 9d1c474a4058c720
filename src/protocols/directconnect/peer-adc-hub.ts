/**
 * A small ADC hub: gives who comes a session id, sees that his client id is the hash of his private one,
 * tells all of each other, and relays lines as their first letter says.
 *
 *     client   HSUP ADBASE ADTIGR
 *     hub      ISUP ADBASE ADTIGR · ISID AAAB · IINF CT32 NI…
 *     client   BINF AAAB ID… PD… NIalice I4… U4… SUTCP4,UDP4
 *     hub      BINF of all that are there, his own last
 *
 *     B  to all    D  to one    E  to one and back    F  to who has the features
 *
 * An honest hub lets nobody name another address than his own. No passwords, no operators, no deflating.
 * Source: adc.sourceforge.io ADC 1.0.3; fixtures/adc-hub.pcap (uhub 0.4.1).
 */

import { base32, fromBase32 } from '../../core/bytes.ts'
import { ServingPeer } from '../../core/ordered-peer.ts'
import type { Link } from '../../core/peer.ts'
import { tiger } from '../../core/tiger.ts'
import {
  escaped,
  FEATURES,
  type Line,
  line,
  namedBehind,
  readLine,
  STATUS,
} from './peer-adc-node.ts'

const USERS_MAX = 16_384
const VALUES_MAX = 64
/** What is nobody's own to say: the hub fills in or leaves out. */
const PRIVATE = 'PD'
const ADDRESS = 'I4'
const NO_ADDRESS = '0.0.0.0'

interface User {
  readonly link: Link
  readonly sid: string
  /** Name → value as it was written; empty until he is let in. */
  readonly info: Map<string, string>
  isIn: boolean
}

export class AdcHub extends ServingPeer {
  readonly #users = new Map<string, User>()
  #sessions = 0

  data(link: Link, bytes: Uint8Array): number {
    const used = readLine(bytes, (said) => this.#take(link, said))
    if (used !== 'broken') return used
    this.#drop(link)
    return bytes.length
  }

  closed(link: Link): void {
    this.#gone(link.state as User | undefined)
  }

  #take(link: Link, said: Line): void {
    const user = link.state as User | undefined
    if (user === undefined) return this.#welcome(link, said)
    // Nobody speaks in another's name.
    const isOwn = 'BDEF'.includes(said.kind) && said.words[0] === user.sid
    if (!isOwn) return said.kind === 'H' ? undefined : this.#refuse(user, STATUS.protocol, 'who?')
    if (said.name === 'INF') return this.#inform(user, said)
    if (user.isIn) this.#relay(user, said)
  }

  #welcome(link: Link, said: Line): void {
    if (`${said.kind}${said.name}` !== 'HSUP' || this.#users.size >= USERS_MAX) return link.close()
    const user = { link, sid: this.#nextSid(), info: new Map<string, string>(), isIn: false }
    link.state = user
    this.#users.set(user.sid, user)
    link.send(line('ISUP', FEATURES))
    link.send(line('ISID', user.sid))
    link.send(line('IINF', 'CT32', `NI${escaped(this.settings.nick)}`, 'VEPeerscopeLab\\s1.0'))
  }

  /** Twenty bits; AAAA is the hub's own. */
  #nextSid(): string {
    let sid: string
    do {
      this.#sessions = (this.#sessions + 1) % 2 ** 20
      const high = Math.floor(this.#sessions / 4096)
      const middle = Math.floor(this.#sessions / 16) % 256
      sid = base32(Uint8Array.of(high, middle, (this.#sessions % 16) * 16)).slice(0, 4)
    } while (sid === 'AAAA' || this.#users.has(sid))
    return sid
  }

  #refuse(user: User, code: string, words: string): void {
    user.link.send(line('ISTA', code, escaped(words)))
    this.#drop(user.link)
  }

  #inform(user: User, said: Line): void {
    const values = said.words.slice(1).filter((word) => word.length >= 2)
    if (values.length > VALUES_MAX) return this.#refuse(user, STATUS.protocol, 'too much')
    const changed = new Map(values.map((word) => [word.slice(0, 2), word.slice(2)]))
    if (!user.isIn) {
      const why = this.#mayEnter(said)
      if (why !== undefined) return this.#refuse(user, ...why)
    }
    changed.delete(PRIVATE)
    if (user.isIn) changed.delete('ID')
    if (changed.has(ADDRESS) || !user.isIn) this.#ownAddress(user, changed)
    for (const [name, value] of changed) user.info.set(name, value)
    if (user.isIn) return this.#toAll(line('BINF', user.sid, ...wordsOf(changed)))
    for (const other of this.#users.values()) if (other.isIn) user.link.send(infoOf(other))
    user.isIn = true
    this.#toAll(infoOf(user))
  }

  /** @returns why not */
  #mayEnter(said: Line): [string, string] | undefined {
    const named = namedBehind(said, 1)
    const [cid, pid, nick] = ['ID', 'PD', 'NI'].map((name) => named.get(name)?.[0])
    const secret = fromBase32(pid ?? '')
    if (secret === undefined || base32(tiger(secret)) !== cid) {
      return [STATUS.idInvalid, 'the client id is not the hash of the private one']
    }
    if (nick === undefined || nick === '') return [STATUS.protocol, 'a nick is missing']
    for (const { info, isIn } of this.#users.values()) {
      if (!isIn) continue
      if (info.get('NI') === escaped(nick)) return [STATUS.nickTaken, 'the nick is taken']
      if (info.get('ID') === cid) return [STATUS.idTaken, 'the client id is here already']
    }
    return undefined
  }

  /** The address is that of the connection, whatever is claimed. */
  #ownAddress({ link }: User, changed: Map<string, string>): void {
    if (changed.get(ADDRESS) === undefined) return
    if (changed.get(ADDRESS) === NO_ADDRESS || !link.remote.ip.includes(':')) {
      changed.set(ADDRESS, link.remote.ip)
    } else changed.delete(ADDRESS)
  }

  #relay(user: User, { kind, name, words }: Line): void {
    const bytes = line(`${kind}${name}`, ...words)
    if (kind === 'B') return this.#toAll(bytes)
    if (kind === 'F') return this.#toFeatured(words[1] ?? '', bytes)
    const to = this.#users.get(words[1] ?? '')
    if (to?.isIn) to.link.send(bytes)
    if (kind === 'E') user.link.send(bytes)
  }

  #toAll(bytes: Uint8Array): void {
    for (const { link, isIn } of this.#users.values()) if (isIn) link.send(bytes)
  }

  /** `+TCP4-NAT0`: who has the ones and not the others. */
  #toFeatured(wanted: string, bytes: Uint8Array): void {
    const features = [...wanted.matchAll(/([+-])([A-Z0-9]{4})/g)]
    for (const { link, info, isIn } of this.#users.values()) {
      const has = (info.get('SU') ?? '').split(',')
      const fits = features.every(([, sign, name]) => has.includes(name!) === (sign === '+'))
      if (isIn && fits) link.send(bytes)
    }
  }

  #drop(link: Link): void {
    this.#gone(link.state as User | undefined)
    link.close()
  }

  #gone(user: User | undefined): void {
    if (user === undefined || !this.#users.delete(user.sid) || !user.isIn) return
    user.isIn = false
    this.#toAll(line('IQUI', user.sid))
  }
}

function wordsOf(info: ReadonlyMap<string, string>): string[] {
  return [...info].map(([name, value]) => `${name}${value}`)
}

function infoOf({ sid, info }: User): Uint8Array {
  return line('BINF', sid, ...wordsOf(info))
}
