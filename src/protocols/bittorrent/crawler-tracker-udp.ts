/**
 * A UDP tracker is asked who is in a swarm, by an announcement of nobody as an HTTP tracker is (see
 * crawler-tracker.ts): port 0, everything still to be loaded, and "stopped" once it was answered.
 *
 *     connect    →
 *                ←  connection
 *     announce   →     port 0, event none
 *                ←  peers
 *     announce   →     port 0, event stopped
 *
 * Source: BEP 15.
 */
import { u32be } from '../../core/bytes.ts'
import type { Interview, Question, Step, Told } from '../../core/crawler.ts'
import { compactPeers } from '../formats/compact-peers.ts'
import { chanceBytes, NOTHING, peerIdOf, SECOND_MICROS, UNANSWERED } from './crawler-nobody.ts'
import {
  UDP_EVENTS,
  type UdpTrackerRequest,
  udpTrackerRequestWire,
  udpTrackerResponse6Wire,
  udpTrackerResponseWire,
} from './wire/udp-tracker.ts'

/** BEP 15 waits 15 s and doubles it eight times: three tries, closer together, tell who is there. */
const PATIENCE_MICROS = 5 * SECOND_MICROS
const TRIES = 3
const WANTED = 200
const NONE = new Uint8Array(0)
type Event = (typeof UDP_EVENTS)[number]

export class UdpTrackerInterview implements Interview {
  readonly #question: Question
  readonly #infoHash: Uint8Array
  #transaction: number
  #connectionBig: bigint | undefined
  #tries = 0

  constructor(question: Question, infoHash: Uint8Array) {
    this.#question = question
    this.#infoHash = infoHash
    this.#transaction = u32be(chanceBytes(question.pair, 4), 0)
  }

  opened(micros: number): Step {
    return this.#say(micros)
  }

  #say(micros: number): Step {
    this.#tries++
    const wakeMicros = micros + PATIENCE_MICROS
    return { ...NOTHING, send: [this.#request('none')], wakeMicros }
  }

  #request(event: Event): Uint8Array {
    const connectionBig = this.#connectionBig
    const transaction = this.#transaction
    const said: UdpTrackerRequest =
      connectionBig === undefined
        ? { action: 'connect', transaction, rest: NONE }
        : {
            action: 'announce',
            connectionBig,
            transaction,
            infoHash: this.#infoHash,
            peerId: peerIdOf(this.#question.self),
            downloadedBig: 0n,
            leftBig: 1n,
            uploadedBig: 0n,
            event: UDP_EVENTS.indexOf(event),
            ip: '0.0.0.0',
            key: u32be(chanceBytes(this.#question.self, 4), 0),
            wanted: event === 'stopped' ? 0 : WANTED,
            port: 0,
            options: NONE,
          }
    return udpTrackerRequestWire.emit(said)
  }

  get #isSix(): boolean {
    return this.#question.whom.ip.includes(':')
  }

  datagram(bytes: Uint8Array, micros: number): Step {
    const wire = this.#isSix ? udpTrackerResponse6Wire : udpTrackerResponseWire
    const outcome = wire.parse(bytes, 0)
    if (outcome.kind !== 'message' || outcome.message.transaction !== this.#transaction) {
      return NOTHING
    }
    const said = outcome.message
    this.#transaction = (this.#transaction + 1) % 2 ** 32
    if (said.action === 'connect' && this.#connectionBig === undefined) {
      this.#connectionBig = said.connectionBig
      this.#tries = 0
      return this.#say(micros)
    }
    if (said.action !== 'announce') return UNANSWERED
    const send = [this.#request('stopped')]
    return { used: 0, send, told: this.#peersOf(said.peers), done: 'answered' }
  }

  #peersOf(peers: Uint8Array): Told[] {
    const read = compactPeers(peers, 0, peers.length, this.#isSix ? 16 : 4)
    const content = this.#question.content!
    if (read.kind !== 'message') return []
    return read.message.map((at) => ({ at, part: 'peer', content }))
  }

  tick(micros: number): Step {
    return this.#tries < TRIES ? this.#say(micros) : UNANSWERED
  }
}
