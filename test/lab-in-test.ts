/** For tests: plays a shipped scenario, records it, and reads the capture with the engine. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { concat } from '../src/core/bytes.ts'
import type { Event } from '../src/core/event.ts'
import { repositoryFile } from '../src/core/repository.ts'
import { Engine } from '../src/intake/engine.ts'
import { openCaptures } from '../src/intake/source/open.ts'
import type { Outcome } from '../src/lab/account.ts'
import { type Playable, Population } from '../src/lab/population.ts'
import { parseScenario, type Scenario } from '../src/lab/scenario.ts'
import { protocols } from '../src/protocols/index.ts'

export function playable(): Map<string, Playable> {
  const found = new Map<string, Playable>()
  for (const { name, peer, portHints } of protocols) {
    if (peer !== undefined) found.set(name, { kind: peer, port: portHints[0] ?? 0 })
  }
  return found
}

export interface Played {
  readonly outcomes: readonly Outcome[]
  readonly capture: Uint8Array
  readonly truth: string
}

const played = new Map<string, Played>()
const read = new Map<string, Promise<Event[]>>()

/** The same scenario is the same every time: it is played once. */
export function play(file: string): Played {
  const known = played.get(file) ?? playAnew(file)
  played.set(file, known)
  return known
}

/** What the engine says of a scenario's capture. */
export function eventsOf(file: string): Promise<Event[]> {
  const known = read.get(file) ?? readCapture(play(file).capture)
  read.set(file, known)
  return known
}

/** Those of one type. */
export function typed<T extends Event['type']>(events: readonly Event[], type: T) {
  return events.filter((event): event is Extract<Event, { type: T }> => event.type === type)
}

/** Only what came of it; nothing is recorded. */
export function outcomesOf(file: string): Outcome[] {
  const population = new Population(scenarioOf(file), playable())
  while (population.advance(60));
  return population.account.outcomes()
}

function scenarioOf(file: string): Scenario {
  return parseScenario(readFileSync(repositoryFile(`scenarios/${file}`), 'utf8'), file)
}

/** @param seconds  how far its time is advanced at once: nothing depends on it */
export function playAnew(file: string, seconds = 60): Played {
  const chunks: Uint8Array[] = []
  const population = new Population(scenarioOf(file), playable(), (bytes) => chunks.push(bytes))
  while (population.advance(seconds));
  const truth = population.recorder!.finish()
  return { outcomes: population.account.outcomes(), capture: concat(...chunks), truth }
}

/** Run something with the capture as a file. */
export async function asFile<T>(
  capture: Uint8Array,
  run: (path: string) => T | Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'peerscope-lab-'))
  try {
    const path = join(folder, 'lab.pcapng')
    writeFileSync(path, capture)
    return await run(path)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function readCapture(capture: Uint8Array): Promise<Event[]> {
  return asFile(capture, async (path) => {
    const events: Event[] = []
    const engine = new Engine(protocols, (event) => events.push(event), {
      flows: true,
      everyMessage: true,
    })
    const cursor = await openCaptures([path])
    for (let step = cursor.next(); step !== 'end'; step = cursor.next()) {
      if (step === 'wait') await cursor.fill()
      else engine.packet(cursor)
    }
    engine.end()
    await cursor.close()
    return events
  })
}

/** A port of loopback that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}
