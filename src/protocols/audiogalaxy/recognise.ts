/**
 * First bytes → a redirector, a server link, a peer link, or not.
 *
 * Every frame begins with four fixed bytes (32 bits), then its size, of which the upper half is zero
 * (16 more); what follows tells who speaks. That nothing else begins so was looked for and not found.
 */
import { u16be } from '../../core/bytes.ts'
import type { Fit, Look, Protocol, Sight } from '../../core/protocol.ts'
import { type Frame, frameWire, HEADER, MAGIC } from './wire/frame.ts'
import { isKnownType, messageWire } from './wire/message.ts'
import { payloadWire } from './wire/payload.ts'

export const starts: Protocol['starts'] = { tcp: [MAGIC] }

export function recognise(look: Look): Sight {
  let open = false
  for (const side of [0, 1] as const) {
    const head = look.heads[side]
    if (head.length === 0) continue
    const outcome = frameWire.parse(head, 0)
    if (outcome.kind === 'message') {
      const part = partOf(outcome.message)
      if (part !== undefined) return found(part, side, 'certain')
    } else if (outcome.kind === 'need') {
      if (look.final && head.length >= HEADER) return found('server', side, 'likely')
      open = true
    }
  }
  return open && !look.final ? 'more' : 'no'
}

function found(part: string, side: number, sureness: 'certain' | 'likely'): Sight {
  const who = side === 0 ? 'the opener' : 'the other side'
  const what = sureness === 'certain' ? 'a whole frame' : 'the begin of a frame'
  return { part, sureness, reasons: [`${what} with 45 5f d0 d5 and its size, from ${who}`] }
}

/** What a first frame tells. */
export function partOf({ payload }: Frame): 'redirector' | 'server' | 'peer' | undefined {
  const bare = payloadWire.parse(payload, 0)
  if (bare.kind === 'message') return bare.message.type === 'redirection' ? 'redirector' : 'peer'
  if (payload.length < 2 || !isKnownType(u16be(payload, 0))) return undefined
  return messageWire.parse(payload, 0).kind === 'message' ? 'server' : undefined
}

const NO_FITS: readonly Fit[] = []

/** Attempts to connect to where a server said that a peer listens. */
export function fits({ carrier, totals, fromStart }: Look): readonly Fit[] {
  return carrier === 'tcp' && fromStart && totals[0] + totals[1] === 0 ? SILENT : NO_FITS
}

const SILENT: readonly Fit[] = [
  {
    part: 'peer',
    taughtAs: ['peer'],
    reason: 'a connection without a word, to where the server said that a peer listens',
  },
  {
    part: 'server',
    taughtAs: ['server'],
    reason: 'a connection without a word, to where the redirector said that a server is',
  },
]
