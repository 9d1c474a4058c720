/** Streams put together here and by tshark's `follow` are the same bytes. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hex } from '../../core/bytes.ts'
import { sharedCapture } from '../../core/repository.ts'
import { NO_TSHARK, tshark } from '../../core/tshark-in-test.ts'
import { DECODED, Decoder, TCP_ACK, TCP_SYN } from '../packet/packet.ts'
import { decodeAt, eachPacket } from '../packet/packets-in-test.ts'
import { FLOW_ENDS, FlowTable } from './table.ts'
import { TcpDirection } from './tcp-direction.ts'

const CAPTURES = ['real/ed2k-server-plain.pcap', 'real/bt-http-tracker-plain.pcap']
const STREAMS_MAX = 12

interface Stream {
  readonly directions: readonly [TcpDirection, TcpDirection]
  readonly text: [string, string]
}

function newStream(): Stream {
  const text: [string, string] = ['', '']
  const direction = (side: 0 | 1): TcpDirection =>
    new TcpDirection({
      data: (bytes) => {
        text[side] += hex(bytes)
      },
      gap: (missing) => {
        text[side] += `[${missing} missing]`
      },
    })
  return { directions: [direction(0), direction(1)], text }
}

/** The TCP streams of a capture in order of their first packets, as hex of [opener, other]. */
async function streamsOf(file: string): Promise<[string, string][]> {
  const streams = new Map<number, Stream>()
  const decoder = new Decoder()
  const moment = { micros: 0, frame: 0 }
  const table: FlowTable = new FlowTable((slot) => {
    for (const direction of streams.get(table.number[slot]!)?.directions ?? []) {
      direction.flush(moment)
    }
  })
  await eachPacket(file, (cursor) => {
    if (decodeAt(decoder, cursor) > DECODED.otherIp) return
    const { packet } = decoder
    const slot = table.touch(packet, cursor.micros, cursor.frame, 0)
    if (packet.protocol !== 6) return
    const number = table.number[slot]!
    const stream = streams.get(number) ?? newStream()
    streams.set(number, stream)
    const own = stream.directions[table.side]
    const other = stream.directions[table.side === 0 ? 1 : 0]
    const opens = (packet.tcpFlags & TCP_SYN) !== 0
    if (opens) own.syn(packet.sequence)
    const { payload, payloadAt, payloadSize, payloadWireSize } = packet
    const sequence = (packet.sequence + (opens ? 1 : 0)) >>> 0
    if (payloadWireSize > 0) {
      own.segment(sequence, payload, payloadAt, payloadSize, payloadWireSize, moment)
    }
    if ((packet.tcpFlags & TCP_ACK) !== 0) other.acknowledged(packet.acknowledgement, moment)
  })
  table.endAll(FLOW_ENDS.endOfCapture)
  return [...streams.values()].map((stream) => stream.text)
}

/** The same from tshark: lines of hex, those of the other side behind a tab. */
function followed(file: string, count: number): [string, string][] {
  const numbers = Array.from({ length: count }, (_, i) => i)
  const follow = numbers.flatMap((i) => ['-z', `follow,tcp,raw,${i}`])
  const printed = tshark('-r', file, '-q', ...follow)
  const streams: [string, string][] = Array.from({ length: count }, () => ['', ''])
  let stream = -1
  for (const line of printed.split('\n')) {
    const filter = /^Filter: tcp\.stream eq (\d+)/.exec(line)
    if (filter !== null) stream = Number(filter[1])
    const bytes = /^(\t?)([0-9a-f]+)$/.exec(line)
    if (bytes !== null) streams[stream]![bytes[1] === '' ? 0 : 1] += bytes[2]
  }
  return streams
}

for (const name of CAPTURES) {
  test(`${name} as tshark follows it`, { skip: NO_TSHARK }, async (context) => {
    const file = sharedCapture(name)
    if (file === undefined) return context.skip('the captures are not on this machine')
    const streams = (await streamsOf(file)).slice(0, STREAMS_MAX)
    const wanted = followed(file, streams.length)
    assert.ok(streams.length > 1)
    assert.ok(streams.some((sides) => sides.join('').length > 1000))
    assert.deepEqual(streams, wanted)
  })
}
