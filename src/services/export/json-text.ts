/** Pieces of JSON text for lines that are built by hand, because they are written by the million. */
import type { Endpoint } from '../../core/address.ts'

/** A JSON string. */
export const quoted: (text: string) => string = JSON.stringify

/** Far more than there are: a mistake here must not become a leak. */
const WORDS_MAX = 1024
const words = new Map<string, string>()

/** The same of a word of ours, of which there are few: names of families, logs, channels. */
export function quotedWord(word: string): string {
  let json = words.get(word)
  if (json === undefined) {
    json = quoted(word)
    if (words.size < WORDS_MAX) words.set(word, json)
  }
  return json
}

export function endpointJson(endpoint: Endpoint): string {
  return `{"ip":${quoted(endpoint.ip)},"port":${endpoint.port}}`
}

const MICROS = 1_000_000
/** The last second of the year 9999: more digits have no place in the format. */
const LAST_MICROS = 253_402_300_799_000_000
const DAY_SECONDS = 86_400

const TWO_DIGITS = Array.from({ length: 60 }, (_, i) => String(i).padStart(2, '0'))

/**
 * `2026-11-20T09:00:00.123456+0000`: the only form that EVE's schema takes (`Z` and `+00:00` fail);
 * elsewhere, as in CSV, the end is `Z`. The text of a day is kept, and that of a second, since events come nearly in order of time.
 */
export class TimeText {
  readonly #zone: '+0000' | 'Z'
  #day = Number.NaN
  #dayText = ''
  #second = Number.NaN
  #text = ''

  constructor(zone: '+0000' | 'Z' = '+0000') {
    this.#zone = zone
  }

  of(micros: number): string {
    const known = micros > 0 ? Math.min(micros, LAST_MICROS) : 0
    const second = Math.floor(known / MICROS)
    if (second !== this.#second) this.#enter(second)
    const fraction = String(MICROS + Math.floor(known - second * MICROS))
    return `${this.#text}${fraction.slice(1)}${this.#zone}`
  }

  #enter(second: number): void {
    this.#second = second
    const day = Math.floor(second / DAY_SECONDS)
    if (day !== this.#day) {
      this.#day = day
      this.#dayText = new Date(day * DAY_SECONDS * 1000).toISOString().slice(0, 11)
    }
    const rest = second - day * DAY_SECONDS
    const minutes = Math.floor(rest / 60)
    const hour = TWO_DIGITS[Math.floor(minutes / 60)]!
    this.#text = `${this.#dayText}${hour}:${TWO_DIGITS[minutes % 60]!}:${TWO_DIGITS[rest % 60]!}.`
  }
}
