/**
 * Reads an archive on from where an earlier run ended. Flows go over the end of a run; so the last part
 * of what was read is read once more, from before the oldest flow that was still open and from before
 * what is still remembered of endpoints, and what it says is only recalled, not counted again.
 */
import { existsSync } from 'node:fs'
import type { Flow } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import { shown } from '../../core/text.ts'
import { CaptureFile } from '../../intake/source/capture-file.ts'
import { ChoosingCursor } from '../../intake/source/choosing-cursor.ts'
import { type Cursor, eachCapture, openCaptures } from '../../intake/source/open.ts'
import type { DarkSpace } from '../../services/incidents/dark-space.ts'
import { UsageError } from '../exit-codes.ts'
import type { Reached, ReadCapture } from './incidents-state.ts'

const SECOND_MICROS = 1_000_000
/** Packets of one capture stand in the order of time, but for less than this. */
const DISORDER_MICROS = 60 * SECOND_MICROS

interface Seen {
  packets: number
  lastMicros: number
  /** Packets of it that earlier runs counted. */
  readonly before: number
}

/** A cursor that passes over what needs not be read again, and knows what was counted before. */
class ResumedCursor extends ChoosingCursor {
  readonly #reached: Reached | undefined
  readonly #seen = new Map<string, Seen>()
  #at: Seen | undefined
  #capture = ''
  #lastMicros = Number.NEGATIVE_INFINITY
  /** The packet was counted by an earlier run. */
  isRecalled = false

  constructor(inner: Cursor, reached: Reached | undefined) {
    super(inner)
    this.#reached = reached
    for (const { name, packets } of reached?.captures ?? []) {
      this.#seen.set(name, { packets: 0, lastMicros: Number.NEGATIVE_INFINITY, before: packets })
    }
  }

  protected isChosen(): boolean {
    const { capture, micros } = this.inner
    if (capture !== this.#capture || this.#at === undefined) this.#enter(capture)
    const seen = this.#at!
    seen.packets++
    seen.lastMicros = Math.max(seen.lastMicros, micros)
    this.#lastMicros = Math.max(this.#lastMicros, micros)
    this.isRecalled = seen.packets <= seen.before
    return !this.isRecalled || micros >= this.#reached!.againMicros
  }

  #enter(capture: string): void {
    this.#capture = capture
    const known = this.#seen.get(capture)
    this.#at = known ?? { packets: 0, lastMicros: Number.NEGATIVE_INFINITY, before: 0 }
    if (known !== undefined) return
    this.#seen.set(capture, this.#at)
    const cut = this.#reached?.cutMicros ?? Number.NEGATIVE_INFINITY
    if (this.inner.micros < cut - DISORDER_MICROS) {
      throw new UsageError(
        `${shown(capture)} begins before what was read already ended: give captures in order of time`,
      )
    }
  }

  /** @param isOver  the captures were read to their end */
  captures(isOver: boolean): ReadCapture[] {
    const old = new Map(this.#reached?.captures.map((each) => [each.name, each]))
    return [...this.#seen].map(([name, { packets, lastMicros, before }]) => {
      // What was not opened again was whole, and longer ago than what is read again.
      if (packets < before) return old.get(name)!
      return { name, packets, lastMicros, isWhole: isOver }
    })
  }

  get cutMicros(): number {
    return Math.max(this.#lastMicros, this.#reached?.cutMicros ?? Number.NEGATIVE_INFINITY)
  }
}

/**
 * @param paths  as the user gives them: the new captures, and with them the old ones or not
 * @throws CaptureError, UsageError
 */
export async function openResumed(
  paths: readonly string[],
  reached: Reached | undefined,
  warn: (text: string) => void,
): Promise<ResumedCursor> {
  if (paths.includes('-')) throw new UsageError('--state needs files: standard input is gone later')
  const known = new Map(reached?.captures.map((each) => [each.name, each]))
  const names = new Set<string>()
  for (const path of paths) {
    await eachCapture(path, async (file) => {
      const capture = await CaptureFile.open(file)
      await capture.close()
      if (isNeeded(known.get(file), reached)) names.add(file)
    })
  }
  for (const capture of known.values()) {
    if (!isNeeded(capture, reached) || names.has(capture.name)) continue
    if (existsSync(capture.name)) names.add(capture.name)
    else warn(`${shown(capture.name)} is gone: flows that go on from it are not known any more`)
  }
  return new ResumedCursor(await openCaptures([...names]), reached)
}

function isNeeded(capture: ReadCapture | undefined, reached: Reached | undefined): boolean {
  if (capture === undefined || reached === undefined || !capture.isWhole) return true
  return capture.lastMicros >= reached.againMicros
}

/** Where flows that a run leaves open began, as far as they count. */
export class OpenFlows {
  readonly #dark: DarkSpace | undefined
  firstMicros: number
  oldestMicros = Number.POSITIVE_INFINITY

  /** @param firstMicros  where flows of earlier runs began */
  constructor(dark: DarkSpace | undefined, firstMicros = Number.POSITIVE_INFINITY) {
    this.#dark = dark
    this.firstMicros = firstMicros
  }

  take(flow: Flow): void {
    this.firstMicros = Math.min(this.firstMicros, flow.startMicros)
    if (flow.reason !== 'end-of-capture') return
    const counts = this.#dark?.has(flow.ends[1].ip) ?? flow.packets[1] === 0
    if (counts || flow.p2p !== undefined) {
      this.oldestMicros = Math.min(this.oldestMicros, flow.startMicros)
    }
  }
}

/**
 * From where the next run reads again.
 * @param oldestMicros  where the oldest flow that is still open began
 */
export function againMicrosOf(
  firstMicros: number,
  cutMicros: number,
  oldestMicros: number,
): number {
  const remembered = cutMicros - limits.endpointSeconds * SECOND_MICROS
  const from = Math.min(remembered, oldestMicros)
  // Seconds of the clock are those of one whole run.
  const seconds = Math.floor((from - firstMicros) / SECOND_MICROS)
  return firstMicros + Math.max(0, seconds) * SECOND_MICROS
}
