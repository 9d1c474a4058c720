/**
 * One examination: the world is made, the players enter, the suspect is started among them, and what it
 * tells is read until the time is over.
 */
import type { ChildProcess } from 'node:child_process'
import { chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Protocol } from '../../core/protocol.ts'
import type { KnownClient, Stage } from '../../core/taint.ts'
import { Taint, type TaintResult } from '../../services/taint/taint.ts'
import { Players } from './players.ts'
import { fedOf, mutesOf, SUSPECT_IP, sceneOf } from './scene.ts'
import { Watch } from './watch.ts'
import { isInstalled, STAGE_INTERFACE, type User, World, WorldError } from './world.ts'

export interface TaintOptions {
  readonly card: Protocol
  readonly port: number
  /** Files in its folder, command, and what is said to it: all with words. */
  readonly client: Pick<KnownClient, 'files' | 'command' | 'afterwards'>
  readonly seconds: number
  /** Marks of each channel and group. */
  readonly count: number
  /** By which channels it is fed; by all unless told. */
  readonly feed?: readonly string[]
  /** Evidence. */
  readonly write?: string
  readonly user: User
  readonly signal: AbortSignal
  readonly onNote: (text: string) => void
}

export interface Examined extends TaintResult {
  readonly seconds: number
  readonly packets: number
  readonly dropped: number
  /** The suspect's exit code, where it ended before the time was over. */
  readonly ended: number | undefined
  /** The end of what it wrote. */
  readonly output: string
}

/** Before anything is said to it. */
const AFTERWARDS_SECONDS = 6
const STEP_MILLIS = 200
const OUTPUT_CHARS_MAX = 4000

export async function examine(options: TaintOptions): Promise<Examined> {
  const kind = options.card.taint!
  const fed = fedOf(kind, options.feed)
  const scene = sceneOf(fed, options.port, options.count)
  const stage = kind.stage(scene)
  const mutes = mutesOf(fed, scene)
  const addresses = [...new Set([...stage.players, ...mutes].map(({ ip }) => ip))]
  const world = new World(addresses)
  const folder = mkdtempSync(join(tmpdir(), 'peerscope-taint-'))
  try {
    const home = new Home(folder, options, stage)
    const known = new Set(addresses)
    const count = options.count
    const taint = new Taint({ suspect: SUSPECT_IP, fed, told: kind.told, count, known })
    const about = `peerscope taint -- ${options.client.command.join(' ')}`
    const watch = new Watch(STAGE_INTERFACE, { write: options.write, about }, (event) =>
      taint.consume(event),
    )
    const players = new Players()
    await players.enter(options.card.peer!, stage.players, mutes)
    options.onNote(
      `${stage.players.length} players and ${mutes.length} who only take calls are there`,
    )
    const began = performance.now()
    const suspect = new Suspect(world, home, options)
    await suspect.live()
    const seconds = Math.round((performance.now() - began) / 1000)
    const { ended } = suspect
    suspect.kill()
    await players.leave()
    const { packets } = await watch.stop()
    // What it wrote last comes after its end.
    const { output } = suspect
    return { ...taint.result(), seconds, packets, dropped: watch.dropped, ended, output }
  } finally {
    world.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The suspect's folder, and what words mean there. */
class Home {
  readonly folder: string
  readonly #words: ReadonlyMap<string, string>

  constructor(folder: string, { client, port, user }: TaintOptions, { words, files }: Stage) {
    this.folder = folder
    const own = { folder, ip: SUSPECT_IP, port: String(port) }
    this.#words = new Map(Object.entries({ ...words, ...own }))
    chownSync(folder, user.uid, user.gid)
    for (const [path, content] of Object.entries(files)) this.#write(path, content, user)
    for (const [path, text] of Object.entries(client.files))
      this.#write(path, this.said(text), user)
  }

  #write(path: string, content: string | Uint8Array, { uid, gid }: User): void {
    const file = join(this.folder, path)
    const first = mkdirSync(dirname(file), { recursive: true })
    if (first !== undefined) {
      for (let made = dirname(file); made !== this.folder; made = dirname(made))
        chownSync(made, uid, gid)
    }
    writeFileSync(file, content)
    chownSync(file, uid, gid)
  }

  /** `{word}` by what it means; what means nothing stays. A word may hold other words. */
  said(text: string): string {
    const once = (from: string) =>
      from.replace(/\{([a-z][a-z0-9-]*)\}/g, (whole, word) => this.#words.get(word) ?? whole)
    return once(once(text))
  }
}

class Suspect {
  readonly #child: ChildProcess
  readonly #world: World
  readonly #home: Home
  readonly #options: TaintOptions
  ended: number | undefined
  output = ''

  constructor(world: World, home: Home, options: TaintOptions) {
    this.#world = world
    this.#home = home
    this.#options = options
    this.#child = this.#start(options.client.command, (code) => {
      this.ended = code
    })
  }

  #start(command: readonly string[], onEnd: (code: number) => void): ChildProcess {
    const said = command.map((word) => this.#home.said(word))
    const child = this.#world.start(said, this.#home.folder, this.#options.user)
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.output = (this.output + text).slice(-OUTPUT_CHARS_MAX)
      })
    }
    child.on('error', () => onEnd(-1))
    child.on('exit', (code) => onEnd(code ?? -1))
    return child
  }

  /** Until the time is over, or it ends. */
  async live(): Promise<void> {
    const { seconds, signal, client } = this.#options
    const waiting = [...(client.afterwards ?? [])]
    let due = performance.now() + 1000 * AFTERWARDS_SECONDS
    const over = performance.now() + 1000 * seconds
    while (performance.now() < over && this.ended === undefined && !signal.aborted) {
      await pause(STEP_MILLIS)
      if (waiting.length === 0 || performance.now() < due) continue
      due = Number.POSITIVE_INFINITY
      this.#start(waiting.shift()!, () => {
        due = performance.now()
      })
    }
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }
}

/** @throws WorldError where the program of the command is not there */
export function mustBeInstalled([program]: readonly string[]): void {
  if (!isInstalled(program!)) throw new WorldError(`${program} is not installed`)
}
