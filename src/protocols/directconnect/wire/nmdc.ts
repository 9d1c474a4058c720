/**
 * NMDC: commands that end with `|`, in any direction, on TCP and in datagrams.
 *
 *     $Name words|          a command
 *     <nick> words|         chat of the hub
 *     |                     keeps the connection alive
 *
 * Text is CP-1252 or another code page of the hub's country, or UTF-8: nothing tells which. Words of
 * people write `|` as `&#124;` and `$` as `&#36;`.
 * Source: nmdc.sourceforge.io NMDC 1.3; eiskaltdcpp, dcpp/NmdcHub.cpp and dcpp/UserConnection.cpp;
 * fixtures/nmdc-hub.pcap.
 */
import { concat } from '../../../core/bytes.ts'
import { malformed, message, need, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'

const PIPE = 0x7c
/** Lists of all nicks of the largest hubs (20,000 users) take about 300 KB. */
const COMMAND_BYTES_MAX = 1_048_576
const SENTINEL = new Uint8Array([PIPE])

/** `{ body: "$Hello alice" }`: a view, without the end mark. */
export interface NmdcCommand {
  readonly body: Uint8Array
}

function parse(bytes: Uint8Array, at: number): Outcome<NmdcCommand> {
  const end = bytes.indexOf(PIPE, at)
  const size = (end < 0 ? bytes.length : end + 1) - at
  if (size > COMMAND_BYTES_MAX || (end < 0 && size === COMMAND_BYTES_MAX)) {
    return malformed('command-too-long', at)
  }
  if (end < 0) return need(size + 1)
  return message({ body: bytes.subarray(at, end) }, size)
}

export const nmdcWire: Wire<NmdcCommand> = {
  name: 'directconnect/nmdc',
  source: 'NMDC 1.3 at nmdc.sourceforge.io; eiskaltdcpp dcpp/NmdcHub.cpp',
  carrier: 'stream',
  messageBytesMax: COMMAND_BYTES_MAX,
  faults: ['command-too-long'],
  parse,
  emit: ({ body }) => concat(body, SENTINEL),
}
