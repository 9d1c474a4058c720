/**
 * `npm run fuzz [-- --minutes N] [--wire NAME] [--protocol NAME] [--from FOLDER]`: damaged input for
 * every wire, every session and the whole pipeline. What breaks a contract is kept in the protocol's
 * corpus/ and told. Good input to damage comes from the fixtures, and from the captures of FOLDER.
 *
 * The time is shared by the targets; each begins with its kept inputs. Seeds of chance are printed,
 * and `--seed N` plays the same again.
 */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Protocol } from '../src/core/protocol.ts'
import { randomFrom } from '../src/core/random.ts'
import { protocols } from '../src/protocols/index.ts'
import { fuzzCaptures } from './fuzz/captures.ts'
import { keepMessage, keepPlay, keptMessages, keptPlays } from './fuzz/corpus.ts'
import { mutate } from './fuzz/mutate.ts'
import { fixturesOf, type Recorded, record, seedsOf } from './fuzz/seeds.ts'
import { damagedPlay, type Play, tryPlay, tryWire } from './fuzz/targets.ts'
import { filesBelow } from './tree.ts'

export interface FuzzOptions {
  /** For all targets together. */
  readonly milliseconds: number
  readonly seed: number
  /** Only wires whose name holds this. */
  readonly wire?: string | undefined
  readonly protocol?: string | undefined
  readonly cards?: readonly Protocol[]
  /** More captures to take good input from. */
  readonly from?: readonly string[]
  /** Keep what breaks in corpus/. */
  readonly keep?: boolean
  readonly captures?: boolean
}

/** `{ target: 'bittorrent/peer', inputs: 51234, broken: ['…'] }` */
export interface FuzzResult {
  readonly target: string
  readonly inputs: number
  readonly broken: readonly string[]
}

type Run = (until: number) => FuzzResult | Promise<FuzzResult>

export async function fuzz(options: FuzzOptions): Promise<FuzzResult[]> {
  const runs: Run[] = []
  for (const card of options.cards ?? protocols) {
    if (options.protocol !== undefined && card.name !== options.protocol) continue
    const files = [...fixturesOf(card.name), ...(options.from ?? [])]
    const flows = await record(card, files)
    for (const wire of card.wires ?? []) {
      if (options.wire !== undefined && !wire.name.includes(options.wire)) continue
      const seeds = [...keptMessages(wire.name), ...seedsOf(wire, flows)]
      runs.push((until) => fuzzWire(wire, seeds, until, options))
    }
    // A protocol of which there is no capture has no flow that could be damaged.
    const hasPlays = flows.length > 0 || keptPlays(card.name).length > 0
    if (options.wire === undefined && card.openSession !== undefined && hasPlays) {
      runs.push((until) => fuzzSessions(card, flows, until, options))
    }
    if (options.wire === undefined && options.captures !== false && files.length > 0) {
      runs.push((until) => fuzzCaptures(card.name, files, until, options.seed))
    }
  }
  const results: FuzzResult[] = []
  const each = options.milliseconds / Math.max(1, runs.length)
  for (const run of runs) results.push(await run(performance.now() + each))
  return results
}

function fuzzWire(
  wire: Parameters<typeof tryWire>[0],
  seeds: readonly Uint8Array[],
  until: number,
  { seed, keep }: FuzzOptions,
): FuzzResult {
  const chance = randomFrom(seed)
  const hunt = new Hunt<Uint8Array>(
    (bytes) => tryWire(wire, bytes),
    keep === true ? (bytes) => keepMessage(wire.name, bytes) : undefined,
  )
  for (const bytes of seeds) hunt.attempt(bytes)
  while (hunt.goesOn) {
    for (let i = 0; i < 64; i++) {
      const from = seeds.length > 0 && chance() % 16 > 0 ? seeds[chance() % seeds.length]! : EMPTY
      hunt.attempt(mutate(from, seeds, chance))
    }
    if (performance.now() >= until) break
  }
  return hunt.result(wire.name)
}

const EMPTY = new Uint8Array(0)

function fuzzSessions(
  card: Protocol,
  flows: readonly Recorded[],
  until: number,
  { seed, keep }: FuzzOptions,
): FuzzResult {
  const chance = randomFrom(seed)
  const hunt = new Hunt<Play>(
    (play) => tryPlay(card, play),
    keep === true ? (play) => keepPlay(card.name, play) : undefined,
  )
  for (const play of keptPlays(card.name)) hunt.attempt(play)
  const others = flows.flatMap(({ transcript }) => transcript.map(([, bytes]) => bytes))
  while (flows.length > 0 && hunt.goesOn) {
    const flow = flows[chance() % flows.length]!
    const damage = (bytes: Uint8Array) => mutate(bytes, others, chance)
    hunt.attempt(damagedPlay(flow, flow.transcript, chance(), damage))
    if (performance.now() >= until) break
  }
  return hunt.result(`${card.name} sessions`)
}

const BROKEN_MAX = 10

/** Inputs tried one by one; what breaks is told, and kept where `keep` says its file. */
class Hunt<Input> {
  readonly #try: (input: Input) => void
  readonly #keep: ((input: Input) => string) | undefined
  readonly #broken: string[] = []
  #inputs = 0

  constructor(tries: (input: Input) => void, keep: ((input: Input) => string) | undefined) {
    this.#try = tries
    this.#keep = keep
  }

  attempt(input: Input): void {
    this.#inputs++
    try {
      this.#try(input)
    } catch (error) {
      const where = this.#keep === undefined ? '' : ` → ${this.#keep(input)}`
      this.#broken.push(`${(error as Error).stack}${where}`)
    }
  }

  get goesOn(): boolean {
    return this.#broken.length < BROKEN_MAX
  }

  result(target: string): FuzzResult {
    return { target, inputs: this.#inputs, broken: this.#broken }
  }
}

function option(name: string): string | undefined {
  const at = process.argv.indexOf(`--${name}`)
  return at < 0 ? undefined : process.argv[at + 1]
}

async function main(): Promise<void> {
  const seed = Number(option('seed') ?? Date.now() % 1_000_000)
  const folder = option('from')
  const from = folder === undefined ? [] : filesBelow(folder).map((name) => join(folder, name))
  console.log(`seed ${seed}`)
  const results = await fuzz({
    milliseconds: Number(option('minutes') ?? 1) * 60_000,
    seed,
    wire: option('wire'),
    protocol: option('protocol'),
    from: from.filter((file) => /\.pcap(?:ng)?$/.test(file)),
    keep: true,
  })
  for (const { target, inputs, broken } of results) {
    console.log(
      `${target.padEnd(36)} ${String(inputs).padStart(9)} inputs  ${broken.length} broken`,
    )
    for (const what of broken) console.log(`  ${what}`)
    if (broken.length > 0) process.exitCode = 1
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main()
