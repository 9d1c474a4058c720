/** A tape writes down what passes, once, as packets; and lets nobody write where it is not allowed. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf, u32be } from '../../core/bytes.ts'
import type { Link, Peer, Site } from '../../core/peer.ts'
import { SiteInTest } from '../../core/site-in-test.ts'
import { latin1 } from '../../core/text.ts'
import { Allowed } from '../../services/backtrack/allowed.ts'
import { Tape } from './tape.ts'

const THERE = { ip: '10.0.0.2', port: 80 }
const ETHERNET_BYTES = 14
const IP_BYTES = 20
const SECOND = 1_000_000

/** Reads lines; the rest of a cut one is shown again. */
class Reader implements Peer {
  site!: Site
  readonly heard: string[] = []
  link: Link | undefined

  start(site: Site): void {
    this.site = site
    site.listen('udp', 5000)
  }

  opened(link: Link): void {
    link.send(bytesOf('hello\n'))
  }

  data(_link: Link, bytes: Uint8Array): number {
    const end = bytes.indexOf(10)
    if (end >= 0) this.heard.push(latin1(bytes.subarray(0, end)))
    return end + 1
  }

  closed(_link: Link, why: string): void {
    this.heard.push(why)
  }

  datagram(atPort: number, from: { ip: string }, bytes: Uint8Array): void {
    this.heard.push(`${latin1(bytes)} from ${from.ip} at ${atPort}`)
  }

  wake(): void {
    this.heard.push('woke')
  }

  order(): void {}
}

function site() {
  const reader = new Reader()
  const packets: string[] = []
  const allowed = Allowed.of(['10.0.0.0/8']) as Allowed
  const tape = new Tape(reader, allowed, (_, frame) => packets.push(said(frame)))
  return { reader, packets, outer: new SiteInTest(tape, '10.0.0.1') }
}

/** `tcp SA 7 8 hello`: flags, sequence, acknowledged, payload. */
function said(frame: Uint8Array): string {
  const ip = frame.subarray(ETHERNET_BYTES)
  const isOut = ip[15] === 1
  const way = isOut ? '→' : '←'
  const segment = ip.subarray(IP_BYTES)
  if (ip[9] === 17) return `${way} udp ${latin1(segment.subarray(8))}`
  const flags = ['F', 'S', 'R', 'P', 'A'].filter((_, i) => (segment[13]! >> i) % 2 === 1).join('')
  const numbers = `${u32be(segment, 4)} ${u32be(segment, 8)}`
  return `${way} ${flags} ${numbers} ${latin1(segment.subarray(20)).trim()}`.trim()
}

test('A connection is written with its numbers, and cut lines once', () => {
  const { reader, packets, outer } = site()
  reader.site.connect(THERE)
  const [link] = outer.calls
  link!.open()
  link!.hear(bytesOf('wel'))
  link!.hear(bytesOf('come\nand'))
  link!.hear(bytesOf(' bye\n'))
  link!.fall()
  assert.deepEqual(reader.heard, ['welcome', 'and bye', 'closed'])
  assert.deepEqual(packets, [
    '→ S 0 0',
    '← SA 0 1',
    '→ A 1 1',
    '→ PA 1 1 hello',
    '← PA 1 7 wel',
    '← PA 4 7 come\nand',
    '← PA 12 7 bye',
    '← FA 17 7',
  ])
})

test('Who refuses at once was there; who never answers was not', () => {
  const { reader, packets, outer } = site()
  reader.site.connect(THERE)
  outer.calls[0]!.fall('refused')
  reader.site.connect(THERE)
  outer.pass(3 * SECOND)
  outer.calls[1]!.fall('refused')
  const given = reader.site.connect(THERE)
  given.close()
  assert.deepEqual(packets, ['→ S 0 0', '← RA 0 1', '→ S 0 0', '→ S 0 0'])
})

test('Datagrams are written both ways', () => {
  const { reader, packets, outer } = site()
  reader.site.sendTo(5000, THERE, bytesOf('ask'))
  outer.peer.datagram(5000, THERE, bytesOf('tell'))
  outer.peer.datagram(5000, { ip: '198.51.100.1', port: 80 }, bytesOf('noise'))
  assert.deepEqual(packets, ['→ udp ask', '← udp tell'])
  assert.deepEqual(reader.heard, ['tell from 10.0.0.2 at 5000'])
})

test('Nothing goes where it is not allowed, whoever asks for it', () => {
  const { reader, packets, outer } = site()
  const outside = { ip: '198.51.100.1', port: 80 }
  assert.throws(() => reader.site.connect(outside), /198\.51\.100\.1 is not allowed/)
  assert.throws(() => reader.site.sendTo(5000, outside, bytesOf('ask')), /is not allowed/)
  assert.deepEqual([packets, outer.calls, outer.datagrams], [[], [], []])
})
