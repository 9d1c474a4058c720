/** The program asks back, and what it found is in its report. */
import { join } from 'node:path'
import { type Endpoint, endpointText } from '../../src/core/address.ts'
import type { Host } from './network.ts'

const MAIN = join(import.meta.dirname, '../../src/app/main.js')

/** Of one address that was asked for. */
export interface Found {
  readonly ip: string
  readonly channels: readonly { channel: string; kind: string; answered: number; tells: string }[]
  readonly told: readonly { via: string; frame: number; by: Endpoint }[]
  readonly origins: readonly { at: Endpoint; via: string; why: string }[]
}

/** The whole program, to its end. */
export async function backtrack(
  host: Host,
  words: readonly string[],
): Promise<{ findings: readonly Found[]; output: string }> {
  const args = [MAIN, 'backtrack', ...words, '--format', 'json', '-q']
  const output = await host.run(process.execPath, args)
  return { ...(JSON.parse(output.slice(output.indexOf('{"'))) as { findings: Found[] }), output }
}

/** `dht yes`, of every kind that somebody answered for. */
export function kindsOf({ channels }: Found): readonly string[] {
  const asked = channels.filter(({ answered }) => answered > 0)
  return [...new Set(asked.map(({ kind, tells }) => `${kind} ${tells}`))].sort()
}

/** `198.51.100.13:6881 pex exchange`: where it comes in, by which channel, and why that is said. */
export function originsOf({ origins }: Found): readonly string[] {
  return origins.map(({ at, via, why }) => `${endpointText(at)} ${via} ${why}`)
}
