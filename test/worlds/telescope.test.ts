/**
 * The tables of P2PScope's two long traces come out of traces made with them: 240 incidents at LBL, 631
 * at NU, by system, none more and none less; and the share of the background radiation.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Incident } from '../../src/core/event.ts'
import { Incidents } from '../../src/services/incidents/incidents.ts'
import { keyOf } from '../../src/services/incidents/keys.ts'
import { Radiation } from '../../src/services/incidents/radiation.ts'
import { LBL, NU, P2P_SHARE, type Telescope, telescopeContacts } from './telescope.ts'

function seen(telescope: Telescope, seed: number) {
  const over: Incident[] = []
  const radiation = new Radiation()
  const incidents = new Incidents((event) => {
    if (event.type !== 'incident' || event.state !== 'closed') return
    over.push(event)
    if (event.partOf === undefined) radiation.incident(event, keyOf(event.target.ip))
  })
  for (const contact of telescopeContacts(telescope, seed)) {
    radiation.connection(contact.micros, contact.target, contact.family)
    incidents.contact(contact)
  }
  incidents.finish()
  return { over, report: radiation.report(telescope.networks.length) }
}

for (const [telescope, total] of [
  [LBL, 240],
  [NU, 631],
] as const) {
  test(`${telescope.name}: ${total} incidents, by system, exactly`, () => {
    for (const seed of [1]) {
      const { over, report } = seen(telescope, seed)
      assert.equal(over.length, total)
      const found = Object.fromEntries(
        report.systems.map(({ family, incidents }) => [family, incidents]),
      )
      assert.deepEqual(found, telescope.incidents)
      assert.ok(Math.abs(report.p2p / report.connections - P2P_SHARE) < 1e-4)
      // Months are 730 hours here; the calendar's may be one more.
      assert.ok(report.months.length >= telescope.months, `${report.months.length} months`)
      assert.ok(report.months.length <= telescope.months + 1, `${report.months.length} months`)
      assert.equal(
        report.months.reduce((sum, { incidents }) => sum + incidents, 0),
        total,
      )
      assert.equal(report.dispersion.asked, telescope.networks.length)
    }
  })
}
