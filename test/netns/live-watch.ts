/** `peerscope live` on a bridge, with what it writes and when it wrote that. */
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Event, Flow, Verdict } from '../../src/core/event.ts'
import { repositoryFile } from '../../src/core/repository.ts'
import type { Network } from './network.ts'
import type { Program } from './program.ts'

const LOOK_MILLIS = 100

export interface Totals {
  readonly type: 'totals'
  readonly packets: number
  readonly live: { readonly received: number; readonly dropped: number }
}

export class Watch {
  readonly program: Program
  readonly file: string
  /** host → when its first verdict could be read, in milliseconds since 1970 */
  readonly verdictMillis = new Map<string, number>()
  readonly #timer: ReturnType<typeof setInterval>

  private constructor(program: Program, file: string) {
    this.program = program
    this.file = file
    this.#timer = setInterval(() => this.#look(), LOOK_MILLIS).unref()
  }

  /**
   * It hears everything from when this is fulfilled.
   * @param before  a program that starts it, and what that is told
   */
  static async start(
    network: Network,
    namespace: string,
    name: string,
    args: readonly string[],
    before: readonly string[] = [],
  ): Promise<Watch> {
    const file = join(network.folder, `${name}.jsonl`)
    rmSync(file, { force: true })
    const main = repositoryFile('dist/src/app/main.js')
    const live = [main, 'live', '--format', 'ndjson', '-w', file, '--stats', '1', ...args]
    const [command, ...rest] = [...before, process.execPath, ...live]
    const program = network.start(namespace, command!, rest)
    const watch = new Watch(program, file)
    await network.until(`${name} listens`, 20, () =>
      watch.lines().some(({ type }) => type === 'status'),
    )
    return watch
  }

  /** What was written so far; a line that is being written is left out. */
  lines(): readonly (Event | Totals | { readonly type: 'status'; readonly packets: number })[] {
    if (!existsSync(this.file)) return []
    const lines = readFileSync(this.file, 'utf8').split('\n').slice(0, -1)
    return lines.map((line) => JSON.parse(line) as Event)
  }

  #look(): void {
    for (const line of this.lines()) {
      if (line.type !== 'verdict' || this.verdictMillis.has(line.host)) continue
      this.verdictMillis.set(line.host, Date.now())
    }
  }

  verdict(host: string): Verdict | undefined {
    return this.lines().findLast((line) => line.type === 'verdict' && line.host === host) as
      | Verdict
      | undefined
  }

  async stop(): Promise<Totals> {
    await this.program.stop('SIGTERM')
    clearInterval(this.#timer)
    const last = this.lines().at(-1)
    if (last?.type !== 'totals') throw new Error(`it did not end well: ${this.program.output}`)
    return last as Totals
  }

  /** Flows of P2P, in words that say what they were recognised as. */
  recognised(): string[] {
    return recognised(this.lines().filter((line) => line.type === 'flow'))
  }
}

export function recognised(flows: readonly Flow[]): string[] {
  const p2p = flows.filter(({ p2p }) => p2p !== undefined)
  return p2p
    .map(({ proto, ends, payloadBytes, p2p }) => {
      const [opener, other] = ends.map(({ ip, port }) => `${ip}:${port}`)
      return `${proto} ${opener} ${other} ${payloadBytes.join('+')} ${p2p!.family} ${p2p!.part}`
    })
    .sort()
}
