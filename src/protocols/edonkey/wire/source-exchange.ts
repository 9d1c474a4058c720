/**
 * Source lists that clients give each other.
 *
 *     count u16le | entries                  the entry's size tells the version, except 2 from 3
 *
 *     1  12 B  id | port u16le | server ip4 | server port u16le
 *     2  28 B  as 1 | user hash 16
 *     3  28 B  hybrid id | port u16le | server ip4 | server port u16le | user hash 16
 *     4  29 B  as 3 | obfuscation options u8
 *
 * Up to version 2 the id is the ordinary client id (a HighID is the address as spoken); from
 * version 3 on it is the "hybrid" id, the same number the other way round. Nothing inside the list
 * tells 2 from 3: the version both sides agreed on does (options 1 of HELLO), or the version byte
 * of source exchange 2.
 * Source: eMule PartFile.cpp (`AddClientSources`, `CreateSrcInfoPacket`), opcodes.h.
 */
import { ByteWriter } from '../../../core/bytes.ts'
import { malformed, message } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'
import { addressOfHybridId, addressOfId } from './entries.ts'
import { address, Cursor, hash16, type Layout } from './layout.ts'

export interface ExchangedSource {
  /** The four bytes as u32le; which way they are meant is a matter of the version. */
  readonly id: number
  readonly port: number
  readonly serverIp: string
  readonly serverPort: number
  readonly userHash: string | undefined
  readonly options: number | undefined
}

export interface SourceList {
  /** 12, 28 or 29; 0 where there is none. */
  readonly entryBytes: number
  readonly sources: readonly ExchangedSource[]
}

/** `natural`: the id is the address as spoken; `reversed`: its octets are reversed. */
export type Reading = 'natural' | 'reversed'

/** The address under a reading, or undefined for a LowID. */
export function addressUnder(reading: Reading, id: number): string | undefined {
  return reading === 'natural' ? addressOfId(id) : addressOfHybridId(id)
}

/**
 * The readings that the bytes allow.
 * @param version  the agreed or stated version, where it is known
 */
export function readingsOf(entryBytes: number, version: number | undefined): readonly Reading[] {
  if (entryBytes === 12) return ['natural']
  if (entryBytes === 29) return ['reversed']
  if (version === undefined) return ['natural', 'reversed']
  return version >= 3 ? ['reversed'] : ['natural']
}

const ENTRY_SIZES = [12, 28, 29]

export const sourceList: Layout<SourceList> = {
  min: 2,
  read(from) {
    const count = from.u16()
    if (count === 0) return { entryBytes: 0, sources: [] }
    const entryBytes = ENTRY_SIZES.find((size) => size * count === from.left)
    if (entryBytes === undefined) {
      from.fail('body-wrong')
      return { entryBytes: 0, sources: [] }
    }
    const sources: ExchangedSource[] = []
    for (let i = 0; i < count; i++) {
      sources.push({
        id: from.u32(),
        port: from.u16(),
        serverIp: address.read(from),
        serverPort: from.u16(),
        userHash: entryBytes >= 28 ? hash16.read(from) : undefined,
        options: entryBytes === 29 ? from.u8() : undefined,
      })
    }
    return { entryBytes, sources }
  },
  write(to, value) {
    to.u16le(value.sources.length)
    for (const each of value.sources) {
      to.u32le(each.id).u16le(each.port)
      address.write(to, each.serverIp)
      to.u16le(each.serverPort)
      if (each.userHash !== undefined) hash16.write(to, each.userHash)
      if (each.options !== undefined) to.u8(each.options)
    }
  },
}

export const sourceExchangeWire: Wire<SourceList> = {
  name: 'edonkey/source-exchange',
  source: 'eMule PartFile.cpp (AddClientSources, CreateSrcInfoPacket)',
  carrier: 'datagram',
  messageBytesMax: 2 + 65_535 * 29,
  faults: ['body-short', 'body-wrong'],
  parse(bytes, at) {
    const from = new Cursor(bytes, at, Math.min(bytes.length, at + 2 + 65_535 * 29))
    const value = sourceList.read(from)
    if (from.fault !== undefined) return malformed(from.fault, from.faultAt)
    return message(value, from.at - at)
  },
  emit(value) {
    const to = new ByteWriter()
    sourceList.write(to, value)
    return to.finish()
  },
}
