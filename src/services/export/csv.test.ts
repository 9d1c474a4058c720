/** A row has as many cells as the header, whatever the capture's name. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CSV_HEADER, FlowTable } from './csv.ts'
import { FLOW } from './fake-events.ts'

/** Cells of one row after RFC 4180. */
function cells(row: string): string[] {
  return [...row.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    (match) => match[1]?.replaceAll('""', '"') ?? match[2]!,
  )
}

test('rows follow the header; quotes and formulas are harmless', () => {
  const names = CSV_HEADER.split(',')
  const row = cells(new FlowTable().row({ ...FLOW, capture: '=cmd("a,b")' }))
  assert.equal(row.length, names.length)
  assert.equal(row[names.indexOf('pcap_filename')], '\'=cmd("a,b")')
  // 2026-11-20 09:00:00 and 1 min 1.000001 s later, as the page writes them.
  assert.equal(row[names.indexOf('start')], '2026-11-20T09:00:00.000000Z')
  assert.equal(row[names.indexOf('end')], '2026-11-20T09:01:01.000001Z')
  assert.equal(row[names.indexOf('family')], 'template')
  assert.equal(row[names.indexOf('bytes_received')], '20000')
  assert.equal(row[names.indexOf('taught_by')], 'a.pcap frame 2 via tracker')
  const { p2p, ...plain } = FLOW
  assert.ok(p2p)
  assert.equal(cells(new FlowTable().row(plain)).length, names.length)
})
