/**
 * A peer for the tests of the network: it says a line to whom it is told to, answers each line
 * with the same in capitals, and does likewise with datagrams.
 */
import type { Endpoint } from '../core/address.ts'
import { bytesOf } from '../core/bytes.ts'
import type { Link, Order, Peer, Site } from '../core/peer.ts'
import { latin1 } from '../core/text.ts'

export class Shouter implements Peer {
  readonly port: number
  readonly heard: string[] = []
  site!: Site

  constructor(port: number) {
    this.port = port
  }

  start(site: Site): void {
    this.site = site
    if (this.port === 0) return
    site.listen('tcp', this.port)
    site.listen('udp', this.port)
  }

  opened(link: Link): void {
    this.#note(link.byUs ? `opened to ${link.remote.ip}` : `opened by ${link.remote.ip}`)
  }

  data(link: Link, bytes: Uint8Array): number {
    const end = bytes.indexOf(0x0a)
    if (end < 0) return 0
    const line = latin1(bytes.subarray(0, end))
    this.#note(`line ${line}`)
    if (line !== line.toUpperCase()) link.send(bytesOf(`${line.toUpperCase()}\n`))
    return end + 1
  }

  closed(_link: Link, why: 'closed' | 'refused'): void {
    this.#note(why)
  }

  datagram(atPort: number, from: Endpoint, bytes: Uint8Array): void {
    const word = latin1(bytes)
    this.#note(`datagram ${word} from ${from.ip}:${from.port}`)
    if (word !== word.toUpperCase()) this.site.sendTo(atPort, from, bytesOf(word.toUpperCase()))
  }

  wake(): void {
    this.#note('woke')
  }

  order(order: Order): void {
    if (order.do !== 'join') return
    const link = this.site.connect(order.at)
    link.send(bytesOf('hel'))
    link.send(bytesOf('lo\nyou\n'))
  }

  /** What was heard, with the milliseconds since the clock began. */
  #note(what: string): void {
    this.heard.push(`${(this.site.nowMicros - START) / 1000} ${what}`)
  }
}

export const START = 1_700_000_000_000_000
