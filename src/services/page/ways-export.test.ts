/** What other programs are given is well-formed, whatever strangers are called. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Propagation } from '../../core/store.ts'
import { FORMULA, StoreInTest, XSS } from './store-in-test.ts'
import { incidentsCsv, propagationCsv, propagationGraphml } from './ways-export.ts'

const reader = new StoreInTest()
const ways = async () =>
  (await reader.propagation({ of: '198.51.100.7:6881', nodesMax: 9 })) as Propagation

/** Tags that stand open, by a reader that knows no more of XML than that they close each other. */
function elementsOf(xml: string): Map<string, number> {
  const counts = new Map<string, number>()
  const open: string[] = []
  for (const [, closes, name, own] of xml.matchAll(/<(\/?)([a-z]+)(?:\s[^<>]*?)?(\/?)>/g)) {
    if (closes === '/') assert.equal(open.pop(), name)
    else {
      counts.set(name!, (counts.get(name!) ?? 0) + 1)
      if (own === '') open.push(name!)
    }
  }
  assert.deepEqual(open, [])
  return counts
}

test('GraphML holds each node and step once, with its frame', async () => {
  const xml = propagationGraphml(await ways())
  const counts = elementsOf(xml)
  assert.deepEqual(
    [counts.get('graphml'), counts.get('graph'), counts.get('node'), counts.get('edge')],
    [1, 1, 5, 4],
  )
  assert.match(
    xml,
    /<edge id="e0" source="192\.0\.2\.1" target="10\.0\.0\.1">.*<data key="edge-frame">4</,
  )
  assert.ok(!xml.includes('<script'))
  assert.ok(xml.includes('&lt;script&gt;'))
})

test('names of all signs leave it whole: none ends an element or is unknown to XML', async () => {
  const { nodes, edges, ...rest } = await ways()
  const signs = Array.from({ length: 0x2100 }, (_, code) => String.fromCharCode(code))
  const names = [...signs, '\ud800', '\udfff', '\ufffe', '\uffff', ']]>', '&#0;', '<!--', XSS]
  for (let from = 0; from < names.length; from += 512) {
    const name = names.slice(from, from + 512).join('')
    const xml = propagationGraphml({
      ...rest,
      nodes: nodes.map((node) => ({ ...node, name, software: name })),
      edges: edges.map((edge) => ({ ...edge, via: name, capture: name })),
    })
    assert.equal(elementsOf(xml).get('node'), 5)
    const written = new TextDecoder().decode(new TextEncoder().encode(xml))
    // XML 1.0, 2.2: of the signs below a space only tab and line ends.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    assert.doesNotMatch(written, /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/)
  }
})

test('in CSV no cell is a formula, and each step has a row', async () => {
  const lines = propagationCsv(await ways())
    .trimEnd()
    .split('\n')
  assert.equal(lines.length, 5)
  assert.match(lines[1]!, /^192\.0\.2\.1,10\.0\.0\.1,told,tracker,bittorrent,1,2026-11-22T09:00:01/)
  assert.ok(lines[2]!.includes(`"'${FORMULA.replaceAll('"', '""')}"`), lines[2])
  const { rows } = await reader.incidents({ limit: 9 })
  const [, open, part] = incidentsCsv(rows).split('\n')
  assert.match(
    open!,
    /^1\.1,open,2026-11-22T09:00:00\.000000Z,.*,198\.51\.100\.7,6881,130,120,exact/,
  )
  assert.match(part!, /,198\.51\.100\.7:6881,,,1\.1,office\.pcap,4$/)
})
