/**
 * What a metaserver (redirector) says to who connects, before it closes: where a server is.
 * Source: mldonkey, docs/slavanap.txt section 2 (ports 8875, 8876); opennap, metaserver.c, which writes
 * no line end; `127.0.0.1:0` and `busy` were said by the company's own when there was no place.
 *
 *   answer   1*( ip ":" port [LF] )
 */
import { type Endpoint, parseEndpoint } from '../../../core/address.ts'
import { bytesOf } from '../../../core/bytes.ts'
import { malformed, message, type Outcome } from '../../../core/outcome.ts'
import { isPrintable, latin1 } from '../../../core/text.ts'
import type { Wire } from '../../../core/wire.ts'

export interface Redirection {
  readonly servers: readonly Endpoint[]
  /** What each line ends with; `''`: one line without an end. */
  readonly end: string
}

/** Thirty servers of 22 bytes. */
export const REDIRECTION_BYTES_MAX = 660
const FAULTS = ['not-an-address', 'too-long'] as const

function parse(bytes: Uint8Array, at: number): Outcome<Redirection> {
  const size = bytes.length - at
  if (size > REDIRECTION_BYTES_MAX) return malformed('too-long', at)
  if (size === 0 || !isPrintable(bytes, at)) return malformed('not-an-address', at)
  const text = latin1(bytes, at)
  const end = /\r?\n$/.exec(text)?.[0] ?? ''
  const lines = end === '' ? [text] : text.slice(0, -end.length).split(end)
  const servers: Endpoint[] = []
  for (const line of lines) {
    const server = /^\d/.test(line) && /\d$/.test(line) ? parseEndpoint(line) : undefined
    if (server === undefined) return malformed('not-an-address', at)
    servers.push(server)
  }
  return message({ servers, end }, size)
}

function emit({ servers, end }: Redirection): Uint8Array {
  return bytesOf(servers.map(({ ip, port }) => `${ip}:${port}${end}`).join(''))
}

export const metaserverWire: Wire<Redirection> = {
  name: 'opennap/metaserver',
  source: 'mldonkey, docs/slavanap.txt section 2; opennap, metaserver.c',
  carrier: 'datagram',
  messageBytesMax: REDIRECTION_BYTES_MAX,
  faults: FAULTS,
  parse,
  emit,
}
