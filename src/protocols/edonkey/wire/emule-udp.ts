/**
 * eMule's datagrams between clients.
 *
 *     C5 | opcode u8 | body
 *
 * Source: eMule ClientUDPSocket.cpp (`ProcessPacket`), opcodes.h.
 */
import { type PartStatus, partStatus } from './entries.ts'
import { EMULE } from './frame.ts'
import { hash16, type Layout, nothing, optional, struct, u8, u16 } from './layout.ts'
import { DATAGRAM_BYTES_MAX, type MessagesOf, type Other, tableOf, wireOf } from './messages.ts'

/** UDP version 4 puts the part status before the rank. */
interface ReaskAnswer {
  readonly status: PartStatus | undefined
  readonly rank: number
}

const reaskAnswer: Layout<ReaskAnswer> = {
  min: 2,
  read: (from) => ({
    status: from.left === 2 ? undefined : partStatus.read(from),
    rank: from.u16(),
  }),
  write(to, value) {
    if (value.status !== undefined) partStatus.write(to, value.status)
    to.u16le(value.rank)
  },
}

const reask = { status: optional(partStatus), completeSources: optional(u16) }

// biome-ignore format: a table
export const EMULE_UDP = tableOf({
  'reask':             [0x90, struct({ hash: hash16, ...reask })],
  'reask-answer':      [0x91, reaskAnswer],
  'file-not-found':    [0x92, nothing],
  'queue-full':        [0x93, nothing],
  'reask-callback-udp': [0x94, struct({ buddy: hash16, hash: hash16, ...reask })],
  'direct-callback':   [0x95, struct({ port: u16, userHash: hash16, options: u8 })],
  'udp-port-test':     [0xfe, optional(u8)],
})

export type EmuleUdpMessage = MessagesOf<(typeof EMULE_UDP)['rows']> | Other

export const emuleUdpWire = wireOf(EMULE_UDP, {
  name: 'edonkey/emule-udp',
  source: 'eMule ClientUDPSocket.cpp, opcodes.h',
  protocol: EMULE,
  messageBytesMax: DATAGRAM_BYTES_MAX,
})
