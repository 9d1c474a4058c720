/**
 * How fast incidents are found in flow records: a year of a /16 telescope, so many records spread over it, 39 %
 * of them P2P, with an incident every two hours or so. Says records a second and memory.
 *
 *     node dist/bench/incidents.js [RECORDS [DAYS]]
 *
 * Fewer days than 365 are a part of the year: 10,000,000 records of 3.65 days come as thick as 10^9 of a year.
 */
import type { Incident, LimitReached } from '../src/core/event.ts'
import { countText } from '../src/core/figures.ts'
import { randomFrom } from '../src/core/random.ts'
import { type Contact, Incidents } from '../src/services/incidents/incidents.ts'
import { Radiation } from '../src/services/incidents/radiation.ts'

const YEAR_DAYS = 365
const DAY_MICROS = 86_400_000_000
const START_MICROS = Date.UTC(2009, 0, 1) * 1000
/** 10.99.0.0/16 */
const FIRST = 0x0a63_0000
const SIZE = 65_536
/** In a year. */
const INCIDENTS = 4000
/** Of a hundred: asks the address of the time, asks another, says something else, says nothing. */
const SHARES = { incident: 30, p2p: 39, other: 60 }

function main(records: number, days: number): void {
  const random = randomFrom(7)
  let found = 0
  const reached = new Map<string, number>()
  const incidents = new Incidents((event: Incident | LimitReached) => {
    if (event.type === 'limit') reached.set(event.limit, event.count)
    else if (event.state === 'closed') found++
  })
  const radiation = new Radiation()
  const began = process.cpuUsage()
  for (let i = 0; i < records; i++) {
    const contact = contactOf(((i / records) * days) / YEAR_DAYS, random)
    radiation.connection(contact.micros, contact.target, contact.family)
    incidents.contact(contact)
  }
  incidents.finish()
  const { user, system } = process.cpuUsage(began)
  const cpu = (user + system) / 1e6
  const rate = countText(Math.round(records / cpu))
  const rss = Math.round(process.memoryUsage.rss() / 1e6)
  console.log(
    `${countText(records)} records in ${cpu.toFixed(1)} s of processor, ${rate} a second, ${rss} MB, ` +
      `${found} incidents of ${Math.ceil((INCIDENTS * days) / YEAR_DAYS)}`,
  )
  for (const [limit, count] of reached) console.log(`limit ${limit}: ${countText(count)}`)
}

/** @param part  of the year, 0 to 1 */
function contactOf(part: number, random: () => number): Contact {
  const kind = Math.floor((random() / 2 ** 32) * 100)
  const source = random()
  const micros = START_MICROS + Math.floor(part * YEAR_DAYS * DAY_MICROS)
  if (kind >= SHARES.p2p) {
    const payload = kind < SHARES.other ? 'other' : 'none'
    return { micros, source, target: FIRST + (random() % SIZE), port: 445, payload }
  }
  // No two of them at one address.
  const incident = Math.floor(part * INCIDENTS)
  const isIncident = kind < SHARES.incident
  const target = FIRST + (isIncident ? (incident * 16) % SIZE : random() % SIZE)
  const port = isIncident ? 4662 : 1 + (random() % 65_535)
  return { micros, source, target, port, payload: 'p2p', family: 'edonkey' }
}

main(Number(process.argv[2] ?? 10_000_000), Number(process.argv[3] ?? YEAR_DAYS))
