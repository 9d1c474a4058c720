/**
 * aMule 2.1.0 to 2.1.3, as far as it turned addresses round. Source: amule-project/amule, the state
 * before 678643a9b (2007), told in the reference on misconfiguration; eMule's lists by our own wires.
 */
import type { Endpoint } from '../../src/core/address.ts'
import {
  addressUnder,
  type SourceList,
  sourceExchangeWire,
} from '../../src/protocols/edonkey/wire/source-exchange.ts'

const NO_SERVER = { serverIp: '0.0.0.0', serverPort: 0 }

/** The address as the number a.b.c.d: its bytes on the wire are d.c.b.a. */
function hybridId(ip: string): number {
  return ip.split('.').reduce((value, octet) => 256 * value + Number(octet), 0)
}

/** What eMule writes to one that speaks version 3: hybrid ids, 28 bytes each. */
export function listOfVersion3(sources: readonly Endpoint[]): Uint8Array {
  return sourceExchangeWire.emit({
    entryBytes: 28,
    sources: sources.map(({ ip, port }, i) => ({
      ...{ id: hybridId(ip), port, ...NO_SERVER, options: undefined },
      userHash: String(i).padStart(32, '0'),
    })),
  })
}

/**
 * Bug (b): whether ids are hybrid is asked of the version that the sender announced, not of the one
 * the list is written in. eMule announces 4 and writes 3.
 */
export function heardByAmule(list: Uint8Array, announcedBySender: number): Endpoint[] {
  return read(list, announcedBySender === 3 ? 'reversed' : 'natural')
}

/** What a client does that asks for the version of the list. */
export function heardRight(list: Uint8Array): Endpoint[] {
  return read(list, 'reversed')
}

/** Bug (a): seeds are saved with hybrid ids, and loaded as a list of version 1, which has none. */
export function savedAndLoadedByAmule(sources: readonly Endpoint[]): Endpoint[] {
  const file = sourceExchangeWire.emit({
    entryBytes: 12,
    sources: sources.map(({ ip, port }) => ({
      ...{ id: hybridId(ip), port, ...NO_SERVER, userHash: undefined, options: undefined },
    })),
  })
  return read(file, 'natural')
}

function read(bytes: Uint8Array, reading: 'natural' | 'reversed'): Endpoint[] {
  const outcome = sourceExchangeWire.parse(bytes, 0)
  if (outcome.kind !== 'message') throw new Error('a list of ours is not read')
  const list: SourceList = outcome.message
  return list.sources.map(({ id, port }) => ({ ip: addressUnder(reading, id)!, port }))
}
