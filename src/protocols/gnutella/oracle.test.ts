/**
 * tshark reads the same messages: counts per type, and the fields of each. It knows only plain TCP
 * links at port 6346, so the fixture holds real messages on a made one. Differences:
 *
 * - tshark's `gnutella.query.min_speed` is little-endian, as in Gnutella 0.4; ours holds the flags
 *   that replaced it, big-endian. Compared after exchanging the bytes.
 * - tshark takes what stands between a name's two NULs and the trailer as bytes (`hit.extra`,
 *   `extra`); ours are read.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { hex } from '../../core/bytes.ts'
import { factsOfFlow, flowsOf, transcriptOf } from '../../core/captured-flows.ts'
import type { Json } from '../../core/event.ts'
import { repositoryFile } from '../../core/repository.ts'
import { feed } from '../../core/session-check.ts'
import { NO_TSHARK, tsharkFields } from '../../core/tshark-in-test.ts'
import { inflatedLink } from './fixtures/make-inflated-link.ts'
import { gnutella } from './index.ts'

const CAPTURE = repositoryFile('src/protocols/gnutella/fixtures/inflated-link.pcap')

/** tshark's field → where ours stands. */
const FIELDS = [
  ['gnutella.header.id', ['header', 'id']],
  ['gnutella.header.payload', ['header', 'payload']],
  ['gnutella.header.ttl', ['header', 'ttl']],
  ['gnutella.header.hops', ['header', 'hops']],
  ['gnutella.pong.ip', ['pong', 'ip']],
  ['gnutella.pong.port', ['pong', 'port']],
  ['gnutella.pong.files', ['pong', 'files']],
  ['gnutella.pong.kbytes', ['pong', 'kbytes']],
  ['gnutella.query.search', ['query', 'search']],
  ['gnutella.query.min_speed', ['query', 'min_speed']],
  ['gnutella.queryhit.count', ['queryhit', 'count']],
  ['gnutella.queryhit.ip', ['queryhit', 'ip']],
  ['gnutella.queryhit.port', ['queryhit', 'port']],
  ['gnutella.queryhit.speed', ['queryhit', 'speed']],
  ['gnutella.queryhit.servent_id', ['queryhit', 'servent_id']],
  ['gnutella.queryhit.hit.name', ['queryhit', 'hits', 'name']],
  ['gnutella.queryhit.hit.size', ['queryhit', 'hits', 'size']],
  ['gnutella.push.servent_id', ['push', 'servent_id']],
  ['gnutella.push.ip', ['push', 'ip']],
  ['gnutella.push.port', ['push', 'port']],
] as const

type Fields = { readonly [key: string]: Json }

/** Our value at a path, as tshark would print it; several hits are joined. */
function at(fields: Fields, path: readonly string[]): string {
  let value: Json | undefined = fields
  for (const key of path) {
    if (Array.isArray(value)) value = value.map((one) => (one as Fields)[key]!).join(',')
    else value = (value as Fields | undefined)?.[key]
  }
  if (value === undefined) return ''
  if (path[1] === 'min_speed') return String(swapped(Number(value)))
  return String(value)
}

function swapped(value: number): number {
  return (value % 256) * 256 + Math.floor(value / 256)
}

test('tshark reads the same messages out of a plain link', { skip: NO_TSHARK }, () => {
  const names = FIELDS.map(([name]) => name)
  const theirs = tsharkFields(CAPTURE, 'gnutella.header', names)
  const [flow] = flowsOf(readFileSync(CAPTURE))
  const { kept } = feed(gnutella, factsOfFlow(flow!, 'gnutella'), transcriptOf(flow!))
  assert.deepEqual(kept.of('fault'), [])
  const ours = kept.of('message').filter((said) => said.fields.header !== undefined)
  const counts = (types: readonly string[]): Record<string, number> => {
    const result: Record<string, number> = {}
    for (const type of types) result[type] = (result[type] ?? 0) + 1
    return result
  }
  assert.deepEqual(
    counts(ours.map((said) => at(said.fields, ['header', 'payload']))),
    counts(theirs.map((row) => row[1]!)),
  )
  assert.ok(theirs.length > 50)
  for (const [index, row] of theirs.entries()) {
    const fields = ours[index]!.fields
    for (const [column, [name, path]] of FIELDS.entries()) {
      assert.equal(at(fields, path), row[column], `message ${index}, ${name}`)
    }
  }
})

test('the made capture is what its maker makes', () => {
  assert.equal(hex(inflatedLink()), hex(new Uint8Array(readFileSync(CAPTURE))))
})
