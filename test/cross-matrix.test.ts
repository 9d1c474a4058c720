/**
 * Every protocol's fixtures against every other protocol: with all cards, what is named is named
 * by the fixture's own family; with its own card left out, nobody else claims it.
 */
import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { endpointText } from '../src/core/address.ts'
import type { Flow } from '../src/core/event.ts'
import type { Protocol } from '../src/core/protocol.ts'
import { repositoryFile } from '../src/core/repository.ts'
import { Engine } from '../src/intake/engine.ts'
import { openCaptures } from '../src/intake/source/open.ts'
import { protocols } from '../src/protocols/index.ts'

/** Flows of a fixture that are rightly another family's: fixture → families, with the reason. */
const GUESTS: Readonly<Record<string, { families: readonly string[]; reason: string }>> = {}

/** Every flow of a capture, as these cards name it. */
async function flowsOf(file: string, cards: readonly Protocol[]): Promise<Flow[]> {
  const flows: Flow[] = []
  const cursor = await openCaptures([file])
  const engine = new Engine(
    cards,
    (event) => {
      if (event.type === 'flow') flows.push(event)
    },
    { flows: true },
  )
  for (let step = cursor.next(); step !== 'end'; step = cursor.next()) {
    if (step === 'wait') await cursor.fill()
    else engine.packet(cursor)
  }
  engine.end()
  await cursor.close()
  return flows
}

function strangers(flows: readonly Flow[], welcome: readonly string[]): string[] {
  return flows
    .filter(({ p2p }) => p2p !== undefined && !welcome.includes(p2p.family))
    .map(({ ends, p2p }) => {
      return `${ends.map(endpointText).join(' - ')}: ${p2p!.family} ${p2p!.part}, ${p2p!.reasons.join('; ')}`
    })
}

for (const card of protocols) {
  const folder = repositoryFile(join('src', 'protocols', card.name, 'fixtures'))
  const names = existsSync(folder) ? readdirSync(folder) : []
  for (const name of names.filter((each) => /\.pcap(?:ng)?$/.test(each))) {
    test(`${card.name}/${name} is claimed by no other protocol`, async () => {
      const file = join(folder, name)
      const guests = GUESTS[`${card.name}/${name}`]?.families ?? []
      assert.deepEqual(strangers(await flowsOf(file, protocols), [card.name, ...guests]), [])
      const others = protocols.filter((each) => each !== card)
      assert.deepEqual(strangers(await flowsOf(file, others), guests), [])
    })
  }
}
