/** A report says what was found with the frames that show it, and nothing of strangers leaves its line. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CauseRow, IncidentRow, Propagation } from '../../../../core/store.ts'
import { reportText } from './ways-report.ts'

/** 2026-01-31 10:00:00 UTC */
const T = 1_769_853_600_000_000
const EVIL = 'X\n- forged line\u202e'

const ways: Propagation = {
  of: '198.51.100.7:6881',
  nodes: [
    { id: 'a', name: '192.0.2.1', kind: 'host', hosts: 1, layer: 0, firstMicros: T },
    { id: 'b', name: 'callers', kind: 'callers', hosts: 90, layer: 0, firstMicros: T },
    { id: 'c', name: '198.51.100.7:6881', kind: 'target', hosts: 1, layer: 1, firstMicros: T },
  ],
  edges: [
    {
      ...{ from: 'a', to: 'b', kind: 'told', via: EVIL, family: 'f', flow: '1.1', count: 2 },
      ...{ run: 1, micros: T, lastMicros: T, capture: EVIL, frame: 1234 },
    },
  ],
  ...{ tellings: 2, calls: 0, announced: 0, cut: false },
  twin: { ip: '7.100.51.198', flows: 1 },
}
const incident: IncidentRow = {
  ...{ id: '1.1', run: 1, micros: T, state: 'closed', family: 'f', startMicros: T },
  ...{ target: { ip: '198.51.100.7', port: 6881 }, endMicros: T + 1_000_000, peak: 101 },
  ...{ sources: 101, counting: 'exact', targetShare: 1, hours: [101], contents: [] },
  software: [{ name: EVIL, count: 5 }],
}
const cause = (verdict: CauseRow['verdict'], text: string): CauseRow => ({
  ...{ run: 1, micros: T, subject: 's', family: 'f', hypothesis: 'byte-order', verdict },
  ...{ tested: 3, hits: 3, controls: [], p: 1e-7, text },
})

test('target, callers, cause and evidence, each in a line of its own', () => {
  const causes = [cause('confirmed', `All of them. ${EVIL}`), cause('refuted', 'Not this.')]
  const text = reportText({ ways, incidents: [incident], causes })
  const lines = text.trimEnd().split('\n')
  assert.equal(lines[0], 'Address told though nobody is there: 198.51.100.7:6881')
  assert.match(
    lines[2]!,
    /^- 198\.51\.100\.7:6881 was asked by 101 sources from 2026-01-31T10:00:00/,
  )
  assert.match(lines[3]!, /^ {2}- 5 of them say they are X\\x0a- forged line\\u\{202e\}$/)
  assert.equal(lines[4], '- Read backwards it is 7.100.51.198, seen in 1 recognised flow.')
  assert.match(lines[7]!, /^- byte-order is confirmed \(p 1\.0e-7\): All of them\. X\\x0a/)
  assert.match(
    lines[10]!,
    /192\.0\.2\.1 told 90 untold callers, by X\\x0a.*, 2 times, first at .*frame 1,234 of X/,
  )
  assert.equal(lines.length, 11)
  assert.doesNotMatch(text, /Not this/)
})
