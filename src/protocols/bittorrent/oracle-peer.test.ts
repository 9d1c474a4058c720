/**
 * tshark reads the same connections: message counts by id, extended ids, handshakes, and every
 * field of the uTP headers agree. The two differences are explained where they are counted.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { concat, hex, u32be } from '../../core/bytes.ts'
import { type CapturedFlow, factsOfFlow, flowsOf, transcriptOf } from '../../core/captured-flows.ts'
import { repositoryFile } from '../../core/repository.ts'
import { feed, type Kept } from '../../core/session-check.ts'
import { NO_TSHARK, tsharkFields } from '../../core/tshark-in-test.ts'
import { bittorrent } from './index.ts'
import { PEER_IDS } from './wire/peer.ts'
import { UTP_TYPES, utpWire } from './wire/utp.ts'

const path = (name: string) => repositoryFile(`src/protocols/bittorrent/fixtures/${name}.pcap`)

function ours(flow: CapturedFlow): Kept {
  const transcript = transcriptOf(flow)
  return feed(bittorrent, factsOfFlow(flow, 'peer'), transcript).kept
}

function tally(values: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return counts
}

/**
 * Pieces that the fixture cuts off: we count a message by its head, tshark by its last byte.
 */
function unfinishedPieces(flow: CapturedFlow): number {
  let count = 0
  for (const side of [0, 1]) {
    const parts = flow.pieces.filter((part) => part.from === side)
    const stream = concat(...parts.map(({ bytes }) => bytes))
    let at = 68
    for (let size = 0; at + 13 <= stream.length; at += size) {
      size = 4 + u32be(stream, at)
      if (stream[at + 4] === 7 && at + size > stream.length) count++
    }
  }
  return count
}

for (const name of ['peer-magnet', 'peer-fast', 'peer-v2']) {
  test(`messages of ${name}.pcap as tshark counts them`, { skip: NO_TSHARK }, () => {
    const rows = tsharkFields(path(name), 'bittorrent', [
      ...['bittorrent.msg.type', 'bittorrent.extended.id'],
      ...['bittorrent.info_hash', 'bittorrent.peer_id'],
    ])
    const column = (index: number) =>
      rows.flatMap((row) => (row[index] ? row[index].split(',') : []))
    const flow = flowsOf(readFileSync(path(name)))[0]!
    const kept = ours(flow)
    const theirs = tally(column(0))
    for (const [message, id] of PEER_IDS) {
      const cut = message === 'piece' ? unfinishedPieces(flow) : 0
      assert.equal((kept.counts.get(message) ?? 0) - cut, theirs.get(String(id)) ?? 0, message)
    }
    const said = kept.of('message')
    const handshakes = said.filter((message) => message.name === 'handshake')
    assert.deepEqual(
      handshakes.map(({ fields }) => fields.info_hash),
      column(2),
    )
    assert.deepEqual(
      handshakes.map(({ fields }) => fields.peer_id),
      column(3),
    )
    const greetings = said.filter((message) => message.name === 'extended-handshake')
    assert.equal(greetings.length, tally(column(1)).get('0'))
  })
}

for (const name of ['utp-peer', 'utp-mse', 'utp-many']) {
  test(`uTP headers of ${name}.pcap as tshark reads them`, { skip: NO_TSHARK }, () => {
    const fields = [
      ...['frame.number', 'bt-utp.type', 'bt-utp.connection_id', 'bt-utp.timestamp_us'],
      ...['bt-utp.timestamp_diff_us', 'bt-utp.wnd_size', 'bt-utp.seq_nr'],
      ...['bt-utp.ack_nr', 'bt-utp.extension_bitmask'],
    ]
    const rows = tsharkFields(path(name), 'bt-utp', fields, '-d', 'udp.port==1-65535,bt-utp')
    const read = flowsOf(readFileSync(path(name))).flatMap(({ pieces }) =>
      pieces.flatMap(({ frame, bytes }) => {
        const outcome = utpWire.parse(bytes, 0)
        if (outcome.kind !== 'message') return []
        const packet = outcome.message
        // libtorrent tells why it closes in extension 3, which tshark takes for another protocol.
        if (packet.extensions.some(({ type }) => type === 3)) return []
        return [{ frame, packet }]
      }),
    )
    assert.equal(read.length, rows.length, 'packets')
    for (const [index, { frame, packet }] of read.entries()) {
      const own = [
        frame,
        UTP_TYPES.indexOf(packet.type),
        packet.connectionId,
        packet.timestampMicros,
        packet.timestampDifferenceMicros,
        packet.windowBytes,
        packet.seq,
        packet.ack,
      ]
      assert.deepEqual(own.map(String), rows[index]!.slice(0, 8), `frame ${frame}`)
      const selective = packet.extensions.filter(({ type }) => type === 1 || type === 2)
      assert.equal(selective.map(({ data }) => hex(data)).join(), rows[index]![8], `frame ${frame}`)
    }
  })
}
