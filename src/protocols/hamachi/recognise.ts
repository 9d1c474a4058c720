/**
 * First bytes → a client's link to its server, by four fixed bytes, a zero and a length (78 bits);
 * or a tunnel, by probes of 72 zeros from both sides.
 */
import { hasAt } from '../../core/bytes.ts'
import type { Look, Protocol, Sight } from '../../core/protocol.ts'
import { datagramWire } from './wire/datagram.ts'
import { helloWire } from './wire/hello.ts'

const ZEROS = new Uint8Array(8)
/** A length below 4096 behind it; sessions of NetBIOS and SMB begin so too and fail by the rest. */
const SHORT = new Uint8Array(2)

export const starts: Protocol['starts'] = { tcp: [SHORT], udp: [ZEROS] }

export function recognise(look: Look): Sight {
  return look.carrier === 'tcp' ? link(look) : tunnel(look)
}

function link({ heads, final }: Look): Sight {
  const head = heads[0]
  if (head.length === 0) return final ? 'no' : 'more'
  if (!hasAt(head, 0, SHORT)) return 'no'
  const outcome = helloWire.parse(head, 0)
  if (outcome.kind === 'malformed') return 'no'
  if (outcome.kind === 'need' && (!final || head.length < 16)) return final ? 'no' : 'more'
  const reasons = ['a hello: its length, a zero, 7b 7a 0d ad']
  return { part: 'server', sureness: outcome.kind === 'message' ? 'certain' : 'likely', reasons }
}

/** Probes of both sides are likely; certain where a side then counts under one tunnel's number. */
function tunnel({ datagrams, final }: Look): Sight {
  const probes = [0, 0]
  const last: [Counter?, Counter?] = []
  for (const { from, bytes, size } of datagrams) {
    if (bytes.length < size && bytes.length < 46) return 'no'
    const outcome = datagramWire.parse(bytes, 0)
    if (outcome.kind !== 'message') return 'no'
    const said = outcome.message
    if (said.type === 'probe') {
      probes[from]!++
      continue
    }
    if (probes[0] === 0 || probes[1] === 0) return 'no'
    const before = last[from]
    if (before !== undefined) {
      if (before.tunnel !== said.tunnel || before.mark !== said.mark) return 'no'
      if (said.number === before.number + 1) {
        const reasons = ['probes of zeros from both sides, then a tunnel that counts']
        return { part: 'tunnel', sureness: 'certain', reasons }
      }
    }
    last[from] = said
  }
  if (!final) return 'more'
  if (probes[0] === 0 || probes[1] === 0) return 'no'
  return { part: 'tunnel', sureness: 'likely', reasons: ['probes of zeros from both sides'] }
}

interface Counter {
  readonly tunnel: string
  readonly number: number
  readonly mark: number
}
