/**
 * First bytes → a node of Monero or another chain of the CryptoNote family, or not. Levin's header has
 * 128 fixed bits: one is certain.
 */
import { hasAt } from '../../core/bytes.ts'
import type { Finding, Fit, Look, Protocol, Sight } from '../../core/protocol.ts'
import { COMMANDS } from './commands.ts'
import { commandAt, isHeader, SIGNATURE } from './wire/levin.ts'

export const starts: Protocol['starts'] = { tcp: [SIGNATURE] }

export function recognise({ heads, fromStart, segments, final }: Look): Sight {
  for (const head of heads) if (isHeader(head, 0)) return found(head, 0)
  if (fromStart) {
    // A header cut short by the segment, so far without fault.
    const waits = heads.some((head) => head.length > 0 && beginsAlike(head))
    return waits && !final ? 'more' : 'no'
  }
  const next: [number, number] = [0, 0]
  for (const size of segments) {
    const side = size > 0 ? 0 : 1
    if (isHeader(heads[side], next[side])) return found(heads[side], next[side])
    next[side] += Math.abs(size)
  }
  return final ? 'no' : 'more'
}

function beginsAlike(head: Uint8Array): boolean {
  return hasAt(SIGNATURE, 0, head.subarray(0, SIGNATURE.length)) && head.length < 33
}

function found(head: Uint8Array, at: number): Finding {
  const command = commandAt(head, at)
  const name = COMMANDS[command] ?? `command ${command}`
  return { part: 'peer', sureness: 'certain', reasons: [`Levin header, "${name}"`] }
}

const NONE: readonly Fit[] = []
const ATTEMPT: readonly Fit[] = [
  { part: 'peer', taughtAs: ['peer'], reason: 'a connection without payload' },
]

export function fits({ carrier, segments }: Look): readonly Fit[] {
  return carrier === 'tcp' && segments.length === 0 ? ATTEMPT : NONE
}
