/**
 * tshark as second opinion on the fixtures: the same messages, hashes, ids and ports.
 *
 * Where the two differ it is for these reasons:
 * - tshark also dissects what an ICMP error quotes; those are no datagrams of the flow;
 * - a frame of which only the head is in the fixture (the last part data of `peer`) is not shown by
 *   tshark, which waits for all of it; we count it at its head and pass over the rest;
 * - tshark 4.0 reads the HELLO of the server's port check as a LOGIN, one byte off (it shows 530
 *   tags), so that its user hash comes out shifted.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { flowsOf, transcriptOf } from '../../core/captured-flows.ts'
import { repositoryFile } from '../../core/repository.ts'
import { feed, type Kept, type Transcript } from '../../core/session-check.ts'
import { NO_TSHARK, tsharkFields } from '../../core/tshark-in-test.ts'
import { edonkey } from './index.ts'

function fixture(name: string): string {
  return repositoryFile(`src/protocols/edonkey/fixtures/${name}.pcap`)
}

/** All values of one field, in order of packets. */
function tshark(name: string, field: string, filter = 'edonkey'): string[] {
  const decode = ['4661', '4662', '5662'].flatMap((port) => ['-d', `tcp.port==${port},edonkey`])
  const udp = ['4665', '4672', '4679', '5665', '4714', '4700', '4686', '4693', '4707'].flatMap(
    (port) => ['-d', `udp.port==${port},edonkey`],
  )
  const options = [...decode, ...udp]
  const cells = tsharkFields(fixture(name), `${filter} && !icmp`, [field], ...options)
  return cells.flatMap(([cell]) => cell!.split(',')).filter((each) => each !== '')
}

function ours(name: string): Kept[] {
  return flowsOf(readFileSync(fixture(name))).map((flow) => {
    const facts = {
      flow: 1,
      carrier: flow.carrier,
      ends: flow.ends,
      fromStart: flow.fromStart,
      part: '',
    }
    const transcript: Transcript = transcriptOf(flow)
    return feed(edonkey, facts, transcript).kept
  })
}

function tally(values: readonly (string | number)[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const value of [...values].map(String).sort()) counts[value] = (counts[value] ?? 0) + 1
  return counts
}

function field(kept: readonly Kept[], key: string): (string | number)[] {
  return kept.flatMap((each) =>
    each.of('message').flatMap(({ fields }) => {
      const value = fields[key]
      return typeof value === 'string' || typeof value === 'number' ? [value] : []
    }),
  )
}

/** The HELLO that tshark reads one byte off: what it shows, and what stands there. */
const SHIFTED: Readonly<Record<string, string>> = {
  '10ccc99003399cc44ee11bb9900ee112': 'ccc99003399cc44ee11bb9900ee11227',
}

for (const name of ['server', 'peer', 'kad']) {
  test(`${name}: the same opcodes as often`, { skip: NO_TSHARK }, () => {
    const theirs = tshark(name, 'edonkey.message.type').map(Number)
    // The frame of part data that the fixture cuts.
    if (name === 'peer') theirs.push(0x46)
    assert.deepEqual(tally(field(ours(name), 'opcode')), tally(theirs))
  })
}

test('server and peer: the same user hashes and files', { skip: NO_TSHARK }, () => {
  for (const name of ['server', 'peer']) {
    const shown = tshark(name, 'edonkey.client_hash').map((hash) => SHIFTED[hash] ?? hash)
    const clients = field(ours(name), 'client_hash').map(String)
    assert.deepEqual([...new Set(clients)].sort(), [...new Set(shown)].sort(), name)
    const files = new Set(
      ours(name).flatMap((kept) =>
        [...kept.of('message')].flatMap(({ fields }) => [
          ...(typeof fields.file_hash === 'string' ? [fields.file_hash] : []),
          ...(Array.isArray(fields.file_list)
            ? fields.file_list.map((file) => (file as { file_hash: string }).file_hash)
            : []),
        ]),
      ),
    )
    // What is inside a D4 frame tshark shows too, so the offered files are on both sides.
    assert.deepEqual(
      [...files].sort(),
      [...new Set(tshark(name, 'edonkey.file_hash'))].sort(),
      name,
    )
  }
})

test('server: a client id is the address that tshark shows', { skip: NO_TSHARK }, () => {
  const theirs = tshark('server', 'edonkey.clientid', 'edonkey.message.type == 0x40')
  assert.deepEqual(field(ours('server'), 'client_ip').sort(), theirs.sort())
})

test('kad: the same contacts, targets and ports', { skip: NO_TSHARK }, () => {
  const kept = ours('kad')
  const ips = kept.flatMap((each) =>
    each
      .of('message')
      .flatMap(({ fields }) =>
        Array.isArray(fields.contacts)
          ? fields.contacts.map((contact) => (contact as { ip: string }).ip)
          : [],
      ),
  )
  const theirs = tshark('kad', 'edonkey.kademlia.ip', 'edonkey.message.type == 0x29')
  assert.deepEqual(tally(ips), tally(theirs))
  const targets = new Set(field(kept, 'target_id'))
  const shown = [
    ...tshark('kad', 'edonkey.kademlia.target.id'),
    ...tshark('kad', 'edonkey.kademlia.file.id'),
    ...tshark('kad', 'edonkey.kademlia.keyword.hash'),
    ...tshark('kad', 'edonkey.kademlia.hash'),
  ]
  for (const target of targets) {
    assert.ok(
      shown.some((each) => each.toLowerCase().includes(String(target))),
      `${target}`,
    )
  }
})
