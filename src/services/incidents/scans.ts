/**
 * Who scans: a source that touches ten dark addresses on one port in six hours, or whose first payload
 * is not P2P. Both are found out only after a while, so what a source did until then is kept, and
 * taken back. P2PScope says that scans are removed, not how; the rules are ours.
 */
import { limits } from '../../core/limits.ts'
import type { AddressKey } from './keys.ts'
import { HOUR_MICROS, type IncidentOptions, MOVED_MICROS } from './options.ts'

export interface Touch {
  readonly target: AddressKey
  readonly port: number
  /** Undefined where no payload of ours was read. */
  family: string | undefined
  readonly first: number
  last: number
}

interface Watched {
  last: number
  /** When it was put to the end of the queue. */
  moved: number
  /** A scanner stays one until it was silent for a window. */
  dropped: 'scan' | 'other' | undefined
  /** Where its first payload went, when, and whether it was P2P. */
  opening: { readonly touch: Touch; readonly micros: number; isP2p: boolean } | undefined
  touches: Touch[]
}

type SavedTouch = readonly [AddressKey, number, string | null, number, number]

export interface SavedWatched {
  readonly source: AddressKey
  readonly last: number
  readonly moved: number
  readonly dropped?: 'scan' | 'other'
  readonly touches: readonly SavedTouch[]
  /** The touch: its place among them, or itself where it is not kept any more. */
  readonly opening?: readonly [number | SavedTouch, number, boolean]
}

/** `p2p`, another payload, or none. */
export type Payload = 'p2p' | 'other' | 'none'

/** Touches of one source that are remembered. */
const TOUCHES_MAX = 64
/** Where there are too many sources, so small a part of them is forgotten. */
const FORGOTTEN_PART = 16

export class Scans {
  readonly #watched = new Map<AddressKey, Watched>()
  readonly #windowMicros: number
  readonly #addressesMin: number
  readonly #onDrop: (source: AddressKey, touches: readonly Touch[]) => void
  /** Sources that were taken out. */
  dropped = 0
  /** Sources forgotten because there were too many. */
  forgotten = 0

  constructor(
    { windowHours, scanAddressesMin }: IncidentOptions,
    onDrop: (source: AddressKey, touches: readonly Touch[]) => void,
  ) {
    this.#windowMicros = windowHours * HOUR_MICROS
    this.#addressesMin = scanAddressesMin
    this.#onDrop = onDrop
  }

  /** @returns whether the source may be counted, as far as is known */
  touch(
    micros: number,
    source: AddressKey,
    at: { readonly target: AddressKey; readonly port: number },
    what: { readonly payload: Payload; readonly family?: string },
  ): boolean {
    const watched = this.#watch(source, micros)
    if (watched.dropped === 'scan') return false
    const touch = this.#touched(watched, micros, at)
    touch.family ??= what.family
    const isScanner = this.#isScanner(watched, touch)
    const isOther = what.payload !== 'none' && this.#beganWithOther(watched, touch, micros, what)
    const before = watched.dropped
    // A client that tries its encrypted form first speaks openly at the second try.
    watched.dropped = isScanner ? 'scan' : isOther ? 'other' : undefined
    if (watched.dropped === undefined) return true
    if (before === undefined) {
      this.dropped++
      this.#onDrop(source, watched.touches)
    }
    if (isScanner) forgetDeeds(watched)
    return false
  }

  /** Forget who was silent for a window. */
  roll(micros: number): void {
    for (const [source, { last }] of this.#watched) {
      if (last >= micros - this.#windowMicros) return
      this.#watched.delete(source)
    }
  }

  *save(): Generator<SavedWatched> {
    for (const [source, { last, moved, dropped, touches, opening }] of this.#watched) {
      yield {
        ...{ source, last, moved, touches: touches.map(savedTouch) },
        ...(dropped !== undefined && { dropped }),
        ...(opening !== undefined && {
          opening: [placeOf(opening.touch, touches), opening.micros, opening.isP2p] as const,
        }),
      }
    }
  }

  /** As it was saved, in the same order. */
  restore({ source, last, moved, dropped, touches: saved, opening }: SavedWatched): void {
    const touches = saved.map(touchOf)
    const first = opening && {
      touch: typeof opening[0] === 'number' ? touches[opening[0]]! : touchOf(opening[0]),
      micros: opening[1],
      isP2p: opening[2],
    }
    this.#watched.set(source, { last, moved, dropped, opening: first, touches })
  }

  #watch(source: AddressKey, micros: number): Watched {
    const known = this.#watched.get(source)
    if (known !== undefined && known.last >= micros - this.#windowMicros) {
      known.last = Math.max(known.last, micros)
      if (micros < known.moved + MOVED_MICROS) return known
      this.#watched.delete(source)
      this.#watched.set(source, known)
      known.moved = micros
      return known
    }
    if (known !== undefined) this.#watched.delete(source)
    else if (this.#watched.size >= limits.incidentWatchedMax) this.#forget()
    const watched: Watched = {
      ...{ last: micros, moved: micros, dropped: undefined, opening: undefined, touches: [] },
    }
    this.#watched.set(source, watched)
    return watched
  }

  /** Many at once: a Map that was deleted from at its front is slow to begin with. */
  #forget(): void {
    let count = Math.ceil(limits.incidentWatchedMax / FORGOTTEN_PART)
    for (const source of this.#watched.keys()) {
      if (count-- === 0) return
      this.#watched.delete(source)
      this.forgotten++
    }
  }

  #touched(watched: Watched, micros: number, { target, port }: Pick<Touch, 'target' | 'port'>) {
    const known = watched.touches.find((each) => each.target === target && each.port === port)
    if (known !== undefined) {
      known.last = Math.max(known.last, micros)
      return known
    }
    const touch: Touch = { target, port, family: undefined, first: micros, last: micros }
    if (watched.touches.length >= TOUCHES_MAX) {
      const since = micros - this.#windowMicros
      watched.touches = watched.touches.filter(({ last }) => last >= since)
      if (watched.touches.length >= TOUCHES_MAX) watched.touches.shift()
    }
    // Most have one: what is pushed to a list that is empty makes room for 17.
    if (watched.touches.length === 0) watched.touches = [touch]
    else watched.touches.push(touch)
    return touch
  }

  #isScanner(watched: Watched, { port, last }: Touch): boolean {
    if (watched.touches.length < this.#addressesMin) return false
    const since = last - this.#windowMicros
    const addresses = new Set<AddressKey>()
    for (const each of watched.touches) {
      if (each.port === port && each.last >= since) addresses.add(each.target)
    }
    return addresses.size >= this.#addressesMin
  }

  #beganWithOther(
    watched: Watched,
    touch: Touch,
    micros: number,
    { payload }: { readonly payload: Payload },
  ): boolean {
    const isP2p = payload === 'p2p'
    const { opening } = watched
    // What is not P2P is told when its flow ends: it may have been before what is known.
    if (opening === undefined || (!isP2p && micros < opening.micros && opening.touch !== touch)) {
      watched.opening = { touch, micros, isP2p }
    } else if (isP2p && opening.touch === touch) {
      opening.isP2p = true
    }
    return !watched.opening!.isP2p
  }
}

/** There are very many scanners, and whatever they touch next changes nothing. */
function forgetDeeds(watched: Watched): void {
  watched.touches = []
  watched.opening = undefined
}

function savedTouch({ target, port, family, first, last }: Touch): SavedTouch {
  return [target, port, family ?? null, first, last]
}

function touchOf([target, port, family, first, last]: SavedTouch): Touch {
  return { target, port, family: family ?? undefined, first, last }
}

function placeOf(touch: Touch, touches: readonly Touch[]): number | SavedTouch {
  const place = touches.indexOf(touch)
  return place < 0 ? savedTouch(touch) : place
}
