/** A host of a test that answers for a dark network, and what it heard. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Event } from '../../src/core/event.ts'
import { cannotRun, type Host, type Network } from './network.ts'
import type { Program } from './program.ts'

const MAIN = join(import.meta.dirname, '../../src/app/main.js')
export const DARK_NETWORK = '10.99.0.0/16'

/** Why it cannot be run here, if so. */
export function cannotBeDark(programs: readonly string[]): string | false {
  const isMissing = !existsSync('/dev/net/tun')
  return (
    cannotRun([...programs, 'sysctl']) || (isMissing ? 'this machine has no /dev/net/tun' : false)
  )
}

export class DarkNetwork {
  readonly capture: string
  readonly program: Program

  private constructor(program: Program, capture: string) {
    this.program = program
    this.capture = capture
  }

  /** @param callers  hosts that have a way to it */
  static async start(network: Network, dark: Host, callers: readonly Host[]): Promise<DarkNetwork> {
    await dark.run('sysctl', ['-q', '-w', 'net.ipv4.ip_forward=1'])
    for (const host of callers) {
      await host.run('ip', ['route', 'add', DARK_NETWORK, 'via', dark.ip])
    }
    const capture = join(network.folder, 'dark.pcapng')
    const words = ['honeynet', '--dark', DARK_NETWORK, '-w', capture, '--format', 'ndjson', '-l']
    const program = dark.start(process.execPath, [MAIN, ...words])
    await network.until('the honeynet answers', 10, () => program.output.includes('answers on'))
    return new DarkNetwork(program, capture)
  }

  /** Of much that it said, the last. */
  get events(): Event[] {
    const lines = this.program.output.split('\n').slice(0, -1)
    return lines.flatMap((line) => (line.startsWith('{"type"') ? [JSON.parse(line) as Event] : []))
  }

  of<T extends Event['type']>(type: T): Extract<Event, { type: T }>[] {
    return this.events.filter((event): event is Extract<Event, { type: T }> => event.type === type)
  }

  hears(text: string): boolean {
    return this.program.output.includes(text)
  }
}
