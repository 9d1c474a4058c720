/**
 * A node of Kad is asked who is nearer to a file, and who has it; without a file, whom it knows.
 *
 *     request { target, receiver }   →   ←   response: contacts nearer to the target
 *     search-source { target }       →   ←   search-response: sources
 *     bootstrap-request              →   ←   bootstrap-response: its id, twenty contacts
 *
 * A node answers a request only where its own id stands in it; of one that is known by its address alone
 * the id is asked for first. Nothing is published, and no hello is said, so that nobody puts us in a table.
 * Nodes drop more than three searches and ten requests of one address a minute (eMule PacketTracking.cpp).
 * Source: eMule kademlia/net/KademliaUDPListener.cpp (`Process_KADEMLIA2_REQ`,
 * `Process_KADEMLIA2_SEARCH_SOURCE_REQ`), kademlia/kademlia/Search.cpp.
 */
import { ip4OfNumber } from '../../core/address.ts'
import type { Interview, Question, Step, Told } from '../../core/crawler.ts'
import { limits } from '../../core/limits.ts'
import { ANSWERED, NextStep, NOTHING, SECOND_MICROS, UNANSWERED } from './crawler-step.ts'
import { NONE } from './peer-node.ts'
import { SOURCE_OPEN } from './session-kad.ts'
import { urnOf } from './speaker.ts'
import { type KadBody, type KadContact, type KadEntry, kadWire } from './wire/kad.ts'
import { TAG, tagNumber } from './wire/tag.ts'

/** "Find a node": so many contacts are wanted. */
const CONTACTS_WANTED = 11
const PATIENCE_MICROS = 3 * SECOND_MICROS
/** Lists of sources come in several datagrams, the last of which does not say that it is. */
const MORE_MICROS = 2 * SECOND_MICROS
const TRIES = 2

export class KadInterview implements Interview {
  readonly #hash: string | undefined
  readonly #size: number
  /** The node's id, once it is known. */
  #id: string | undefined
  #tries = 0
  #hasHeard = false
  #hasContacts = false
  #hasSources = false

  constructor({ id, size }: Question, hash: string | undefined) {
    this.#hash = hash
    this.#size = size ?? 0
    if (id !== undefined && /^[0-9a-f]{32}$/.test(id)) this.#id = id
  }

  opened(micros: number): Step {
    return this.#say(micros)
  }

  #say(micros: number): Step {
    this.#tries++
    const next = new NextStep()
    if (this.#hash === undefined || this.#id === undefined) {
      next.send(datagram({ type: 'bootstrap-request', body: null, rest: NONE }))
    } else if (!this.#hasContacts) next.send(this.#request(this.#hash, this.#id))
    if (this.#hash !== undefined && !this.#hasSources) {
      const body = { target: this.#hash, start: 0, size: this.#size }
      next.send(datagram({ type: 'search-source', body, rest: NONE }))
    }
    next.wakeAt(micros + PATIENCE_MICROS)
    return next.step()
  }

  #request(target: string, receiver: string): Uint8Array {
    const body = { kind: CONTACTS_WANTED, target, receiver }
    return datagram({ type: 'request', body, rest: NONE })
  }

  datagram(bytes: Uint8Array, micros: number): Step {
    const outcome = kadWire.parse(bytes, 0)
    if (outcome.kind !== 'message') return NOTHING
    const { message } = outcome.message
    const next = new NextStep()
    switch (message.type) {
      case 'bootstrap-response':
        this.#bootstrapped(message.body, next, micros)
        break
      case 'response':
        if (message.body.target !== this.#hash) return NOTHING
        this.#hasContacts = true
        next.tell(...contactsOf(message.body.contacts))
        break
      case 'search-response':
        if (message.body.target !== this.#hash) return NOTHING
        this.#hasSources = true
        next.tell(...sourcesOf(this.#hash, message.body.entries))
        break
      default:
        return NOTHING
    }
    this.#hasHeard = true
    if (this.#hasContacts) next.wakeAt(micros + MORE_MICROS)
    return next.step()
  }

  #bootstrapped(
    { id, contacts }: { readonly id: string; readonly contacts: readonly KadContact[] },
    next: NextStep,
    micros: number,
  ): void {
    next.tell(...contactsOf(contacts))
    if (this.#hash === undefined) return next.end('answered')
    if (this.#id !== undefined) return
    this.#id = id
    next.send(this.#request(this.#hash, id))
    next.wakeAt(micros + PATIENCE_MICROS)
  }

  tick(micros: number): Step {
    if (this.#hasContacts) return ANSWERED
    if (this.#tries < TRIES) return this.#say(micros)
    return this.#hasHeard ? ANSWERED : UNANSWERED
  }
}

function datagram(message: KadBody): Uint8Array {
  return kadWire.emit({ packed: false, message })
}

function contactsOf(contacts: readonly KadContact[]): Told[] {
  return contacts
    .slice(0, limits.listedMax)
    .map(({ id, ip, udpPort }) => ({ at: { ip, port: udpPort }, part: 'kad', id }))
}

/** Those that can be called; the octets of an address are reversed here. */
function sourcesOf(hash: string, entries: readonly KadEntry[]): Told[] {
  const content = urnOf(hash)
  return entries.slice(0, limits.listedMax).flatMap(({ id, tags }): Told[] => {
    const ip = tagNumber(tags, TAG.kadSourceIp)
    const port = tagNumber(tags, TAG.kadTcpPort)
    const isOpen = SOURCE_OPEN.has(tagNumber(tags, TAG.kadSourceType) ?? 0)
    if (ip === undefined || port === undefined || !isOpen) return []
    return [{ at: { ip: ip4OfNumber(ip), port: port % 65_536 }, part: 'peer', content, id }]
  })
}

/** The first six bytes of the XOR, as a part of the whole. */
export function distanceOf(content: string, id: string): number {
  const hash = content.slice(content.lastIndexOf(':') + 1)
  if (!/^[0-9a-f]{32}$/.test(hash) || !/^[0-9a-f]{32}$/.test(id)) return 1
  let distance = 0
  for (let i = 0; i < 12; i += 4) {
    const [a, b] = [hash.slice(i, i + 4), id.slice(i, i + 4)]
    distance = distance * 0x1_0000 + (Number.parseInt(a, 16) ^ Number.parseInt(b, 16))
  }
  return distance / 2 ** 48
}
