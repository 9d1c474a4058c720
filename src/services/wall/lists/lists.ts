/** All lists of a policy: which of them holds an address, how often that was so, until when they count. */
import { limits } from '../../../core/limits.ts'
import { spanOf } from '../values.ts'
import { type ListCounts, parseList } from './parse.ts'
import { RangeBuilder, type Ranges } from './ranges.ts'
import { unpack } from './unpack.ts'

export interface ListSettings {
  readonly name: string
  /** eMule's ranges of this level and above are not refused. */
  readonly level: number
  readonly for?: string | undefined
}

/** What is known of a list, for people. */
export interface ListState extends ListCounts {
  readonly name: string
  /** Ranges after merging. */
  readonly merged: number
  /** IPv4 addresses in them. */
  readonly addresses: number
  readonly hits: number
  readonly expiresMicros?: number
}

interface Kept {
  readonly name: string
  readonly counts: ListCounts
  readonly ranges: Ranges
  readonly expiresMicros: number
  hits: number
}

export class Lists {
  readonly #lists = new Map<string, Kept>()

  /**
   * Take a list, or a newer edition of one.
   * @param micros  when the file was written
   * @returns why it cannot be taken; then an older edition stays
   */
  take(settings: ListSettings, file: Uint8Array, micros: number): string | undefined {
    const unpacked = unpack(file)
    if ('fault' in unpacked) return unpacked.fault
    const builder = new RangeBuilder(this.#roomFor(settings.name))
    const counts = parseList(unpacked.bytes, settings.level, builder)
    if (counts.ranges === 0 && counts.skipped > 0) return 'holds no line of a list'
    const seconds = settings.for === undefined ? undefined : spanOf(settings.for)
    const { name } = settings
    this.#lists.set(name, {
      ...{ name, counts, ranges: builder.finish(), hits: this.#lists.get(name)?.hits ?? 0 },
      expiresMicros:
        seconds === undefined ? Number.POSITIVE_INFINITY : micros + seconds * 1_000_000,
    })
    return undefined
  }

  /** What the others leave of the bound of all. */
  #roomFor(name: string): number {
    let room = limits.wallListRangesMax
    for (const list of this.#lists.values()) if (list.name !== name) room -= list.ranges.size
    return room
  }

  drop(name: string): void {
    this.#lists.delete(name)
  }

  /** The first list that holds an address and still counts: `WallParts.listed`. */
  readonly find = (ip: string, micros: number): string | undefined => {
    for (const list of this.#lists.values()) {
      if (list.expiresMicros <= micros || !list.ranges.has(ip)) continue
      list.hits++
      return list.name
    }
    return undefined
  }

  rangesOf(name: string): Ranges | undefined {
    return this.#lists.get(name)?.ranges
  }

  get states(): readonly ListState[] {
    return [...this.#lists.values()].map(({ name, counts, ranges, hits, expiresMicros }) => ({
      ...{ name, ...counts, merged: ranges.size, addresses: ranges.addresses, hits },
      ...(Number.isFinite(expiresMicros) && { expiresMicros }),
    }))
  }
}
