/**
 * Flows of the captures whose truth is known: packets, bytes and payload bytes of every flow agree
 * with what was counted when they were made.
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { sharedCapture } from '../../core/repository.ts'
import { DECODED, Decoder } from '../packet/packet.ts'
import { decodeAt, eachPacket } from '../packet/packets-in-test.ts'
import { FlowTable } from './table.ts'

interface Account {
  packets: number
  bytes: number
  /** Payload bytes that the capture holds. */
  payload: number
}

/** IP bytes of the flows by `proto address port address port`, first sender first. */
async function accountsOf(
  file: string,
): Promise<{ flows: Map<string, Account>; decoder: Decoder }> {
  const flows = new Map<string, Account>()
  const decoder = new Decoder()
  const captured = new Map<number, number>()
  const table: FlowTable = new FlowTable((slot) => {
    const ends = ([0, 1] as const).map((side) => {
      const { ip, port } = table.endpoint(slot, side)
      return `${ip} ${port}`
    })
    const proto = table.protocol[slot] === 6 ? 'tcp' : 'udp'
    const key = `${proto} ${ends.sort().join(' ')}`
    const account = flows.get(key) ?? { packets: 0, bytes: 0, payload: 0 }
    account.packets += table.packets(slot, 0) + table.packets(slot, 1)
    account.bytes += table.bytes(slot, 0) + table.bytes(slot, 1)
    account.payload += captured.get(table.number[slot]!) ?? 0
    flows.set(key, account)
  })
  await eachPacket(file, (cursor) => {
    if (decodeAt(decoder, cursor) > DECODED.udp) return
    const { packet } = decoder
    const number = table.number[table.touch(packet, cursor.micros, cursor.frame, 0)]!
    captured.set(number, (captured.get(number) ?? 0) + packet.payloadSize)
  })
  decoder.end()
  table.endAll(3)
  assert.equal(table.count, 0)
  return { flows, decoder }
}

const folder = sharedCapture('real')

test('every flow of the truth, with its packets and bytes', {
  skip: folder === undefined ? 'the labelled captures are not on this machine' : false,
}, async () => {
  const differences: string[] = []
  let rows = 0
  for (const name of readdirSync(folder!)) {
    if (!/\.pcap(ng)?$/.test(name)) continue
    const { flows, decoder } = await accountsOf(join(folder!, name))
    assert.equal(decoder.counts.fragmentsLost, 0, name)
    const truth = readFileSync(join(folder!, name.replace(/\.pcap(ng)?$/, '.truth.tsv')), 'utf8')
    for (const line of truth.trim().split('\n').slice(1)) {
      const [proto, src, sport, dst, dport, , , , , packets, bytes, , , flags, payload] =
        line.split('\t')
      rows++
      const key = `${proto} ${[`${src} ${sport}`, `${dst} ${dport}`].sort().join(' ')}`
      const account = flows.get(key)
      flows.delete(key)
      // The truth counts frames: 14 bytes of Ethernet, 4 more for a VLAN tag.
      const link = flags!.includes('vlan=') ? 18 : 14
      const said = account && [account.packets, account.bytes + link * account.packets].join(' ')
      if (said !== `${packets} ${bytes}`) {
        differences.push(`${name} ${key}: truth ${packets} ${bytes}, here ${said}`)
      }
      // Its payload leaves out all but the first fragment of a datagram.
      if (
        !flags!.includes('frag=') &&
        account !== undefined &&
        account.payload !== Number(payload)
      ) {
        differences.push(`${name} ${key}: truth payload ${payload}, here ${account.payload}`)
      }
    }
    for (const [key, { packets }] of flows) {
      differences.push(`${name} ${key}: ${packets} packets that the truth does not have`)
    }
  }
  assert.deepEqual(differences, [])
  assert.ok(rows > 1000, `${rows} rows`)
})
