/** What one connection was told by peer exchange, and what is new. Source: BEP 11. */
import { type Endpoint, endpointText } from '../../core/address.ts'
import type { PeerSettings, Site } from '../../core/peer.ts'
import { BDict } from '../formats/bencode.ts'
import { compact, hasBug, NEVER, NONE, SECOND } from './peer-node.ts'
import { pexWire } from './wire/pex.ts'

const BETWEEN_MICROS = 60 * SECOND
/** BEP 11: no more in one message. */
const TOLD_MAX = 50

export class Exchange {
  readonly #told = new Map<string, Endpoint>()
  #lastMicros = -NEVER

  /**
   * @param there  all who are to be told of now
   * @param self   the one who is told
   * @returns the body of a message, or undefined where nothing is new or the last was just now
   */
  next(
    there: readonly Endpoint[],
    self: Endpoint,
    { site, settings }: { readonly site: Site; readonly settings: PeerSettings },
  ): Uint8Array | undefined {
    if (site.nowMicros - this.#lastMicros < BETWEEN_MICROS) return undefined
    const now = new Map(there.map((each) => [endpointText(each), each]))
    now.delete(endpointText(self))
    const added = [...now].filter(([key]) => !this.#told.has(key)).slice(0, TOLD_MAX)
    const dropped = [...this.#told].filter(([key]) => !now.has(key)).slice(0, TOLD_MAX)
    if (added.length === 0 && dropped.length === 0) return undefined
    for (const [key, each] of added) this.#told.set(key, each)
    for (const [key] of dropped) this.#told.delete(key)
    this.#lastMicros = site.nowMicros
    const isReversed = hasBug(settings, 'reversed-pex')
    const dict = BDict.of({
      added: compact(endpointsOf(added), isReversed),
      'added.f': new Uint8Array(added.length),
      dropped: compact(endpointsOf(dropped), isReversed),
    })
    return pexWire.emit({ dict, rest: NONE, added: [], dropped: [] })
  }
}

function endpointsOf(entries: readonly (readonly [string, Endpoint])[]): Endpoint[] {
  return entries.map(([, endpoint]) => endpoint)
}
