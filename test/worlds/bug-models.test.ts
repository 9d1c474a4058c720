/** The two programs whose source shows the bug, played or modelled: octets reversed, port intact. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readCaptures } from '../../src/app/pipeline.ts'
import type { Endpoint } from '../../src/core/address.ts'
import type { Event, Flow, Stamp } from '../../src/core/event.ts'
import { sharedCapture } from '../../src/core/repository.ts'
import { type Diagnosis, diagnose } from '../../src/services/diagnose/diagnose.ts'
import { Evidence } from '../../src/services/diagnose/evidence.ts'
import { observe } from '../../src/services/diagnose/observe.ts'
import { eventsOf } from '../lab-in-test.ts'
import { heardByAmule, heardRight, listOfVersion3, savedAndLoadedByAmule } from './bug-models.ts'
import { WorldDice } from './dice.ts'

function judged(events: readonly Event[]): readonly Diagnosis[] {
  const evidence = new Evidence()
  for (const event of events) observe(event, evidence)
  return diagnose(evidence, 0)
}

function confirmed({ causes }: Diagnosis): readonly string[] {
  return causes.filter(({ verdict }) => verdict === 'confirmed').map(({ hypothesis }) => hypothesis)
}

function blamed({ blame }: Diagnosis): readonly string[] {
  return blame.clients.filter(({ isBlamed }) => isBlamed).map(({ software }) => software)
}

function spreading({ channels }: Diagnosis): readonly string[] {
  return channels.filter(({ spreads }) => spreads === 'yes').map(({ via }) => via)
}

test('KTorrent 3.1.5: what peer exchange and its announcements tell is reversed', async () => {
  const [told] = judged(await eventsOf('bittorrent-reversed.yaml'))
  assert.deepEqual(confirmed(told!), ['byte-order'])
  assert.deepEqual(blamed(told!), ['KTorrent 3.1.5'])
  assert.deepEqual(spreading(told!), ['pex'])
})

test('KTorrent 3.1.5: so are the nodes that its DHT tells; values are not', async () => {
  const [told] = judged(await eventsOf('bittorrent-reversed-dht.yaml'))
  assert.deepEqual(confirmed(told!), ['byte-order'])
  assert.deepEqual(blamed(told!), ['KTorrent 3.1'])
  assert.deepEqual(spreading(told!), ['dht-nodes'])
})

test('peers of the lab without a bug: nothing is confirmed', async () => {
  for (const scenario of ['bittorrent-sequence.yaml', 'bittorrent-channels.yaml']) {
    for (const diagnosis of judged(await eventsOf(scenario))) {
      assert.deepEqual(confirmed(diagnosis), [], scenario)
    }
  }
})

const swarm = sharedCapture('bench/swarm.pcap')
const noSwarm = swarm === undefined && 'the capture of a real swarm is not on this machine'

/**
 * rakshasa/libtorrent to 0.16.22 tells the ports of its DHT's values in host order (its issue 950, "DHT Data
 * Store Returns Wrong Port"). 0.13.8 was in this swarm, which was recorded for other ends.
 */
test('a real swarm: values of rTorrent have their ports backwards', { skip: noSwarm }, async () => {
  const evidence = new Evidence()
  const totals = await readCaptures({ files: [swarm!], flows: true }, (event) =>
    observe(event, evidence),
  )
  assert.ok(totals.packets > 0)
  const [told] = diagnose(evidence, 0)
  assert.deepEqual(confirmed(told!), ['port-order'])
  assert.deepEqual(blamed(told!), ['libTorrent (rakshasa) 0.13.8'])
  assert.equal(told!.channels[0]!.via, 'dht-values')
})

const dice = new WorldDice(7)
const SOURCES = Array.from({ length: 60 }, () => dice.host(4662 + dice.below(3)))
const EMULE = dice.host(4662)
const AMULE = dice.host(4662)
const OTHER = dice.host(4662)

function stampOf(from: Endpoint, to: Endpoint): Stamp {
  const micros = 1_200_000_000_000_000
  return {
    ...{ family: 'edonkey', flow: 1, micros, carrier: 'tcp', capture: 'made', frame: 1 },
    ends: [from, to],
  }
}

function called(from: Endpoint, to: Endpoint): Flow {
  const isThere = SOURCES.some(({ ip }) => ip === to.ip)
  const { micros, flow, capture, frame } = stampOf(from, to)
  const p2p = { family: 'edonkey', part: 'client', sureness: 'certain', reasons: [] } as const
  return {
    ...{ type: 'flow', flow, micros, capture, frame, proto: 'TCP', protoNumber: 6 },
    ...{ ends: [from, to], startMicros: micros, endMicros: micros, bytes: [200, 200] },
    ...{ packets: [3, isThere ? 3 : 0], payloadBytes: isThere ? [90, 90] : [0, 0] },
    ...{ tcpFlags: [2, isThere ? 0x12 : 0], fromStart: true, reason: 'closed' },
    ...(isThere && { p2p }),
  }
}

/** aMule calls some of its own finding first: so it is known for what it is. */
function heardAndCalled(heard: readonly Endpoint[], rightly: readonly Endpoint[]): Event[] {
  const says = (who: Endpoint, software: string): Event => ({
    ...{ ...stampOf(who, EMULE), type: 'client', who, software },
  })
  const told = SOURCES.map(
    (about): Event => ({
      ...{ ...stampOf(AMULE, EMULE), type: 'claim', by: EMULE, about, part: 'peer' },
      ...{ carriers: 'tcp', via: 'source-exchange' },
    }),
  )
  return [
    ...[says(EMULE, 'eMule 0.47c'), says(AMULE, 'aMule 2.1.1'), says(OTHER, 'eMule 0.46c')],
    called(AMULE, SOURCES[0]!),
    ...told,
    ...heard.map((at) => called(AMULE, at)),
    ...rightly.map((at) => called(OTHER, at)),
    // Some are gone, whoever calls them.
    ...Array.from({ length: 5 }, () => called(OTHER, dice.host(4662))),
  ]
}

test('aMule 2.1.x hears a list of version 3 from one that announces 4 in reverse, its ports right', () => {
  const list = listOfVersion3(SOURCES)
  const heard = heardByAmule(list, 4)
  assert.deepEqual(heardRight(list), SOURCES)
  assert.deepEqual(heardByAmule(list, 3), SOURCES)
  const [told, asked] = judged(heardAndCalled(heard, heardRight(list)))
  assert.deepEqual(confirmed(told!), [])
  assert.equal(asked!.of, 'asked')
  assert.deepEqual(confirmed(asked!), ['byte-order'])
  assert.deepEqual(blamed(asked!), ['aMule 2.1.1'])
})

test('aMule 2.1.x finds its saved sources in reverse after it was started again', () => {
  // It keeps ten of a file.
  const kept = SOURCES.slice(0, 10)
  const [told, asked] = judged(heardAndCalled(savedAndLoadedByAmule(kept), SOURCES))
  assert.deepEqual(confirmed(told!), [])
  assert.deepEqual(confirmed(asked!), ['byte-order'])
  assert.deepEqual(blamed(asked!), ['aMule 2.1.1'])
})
