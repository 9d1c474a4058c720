/** Pieces of JSON text for lines that are built by hand, because they are written by the million. */
import type { Endpoint } from '../../core/address.ts'

/** A JSON string. */
export const quoted: (text: string) => string = JSON.stringify

export function endpointJson(endpoint: Endpoint): string {
  return `{"ip":${quoted(endpoint.ip)},"port":${endpoint.port}}`
}

const MICROS = 1_000_000
/** The last second of the year 9999: more digits have no place in the format. */
const LAST_MICROS = 253_402_300_799_000_000

/**
 * `2026-11-20T09:00:00.123456+0000`: the only form that EVE's schema takes (`Z` and `+00:00` fail).
 * The text of a second is kept, since events come in order of time.
 */
export class TimeText {
  #second = Number.NaN
  #text = ''

  of(micros: number): string {
    const known = micros > 0 ? Math.min(micros, LAST_MICROS) : 0
    const second = Math.floor(known / MICROS)
    if (second !== this.#second) {
      this.#second = second
      this.#text = new Date(second * 1000).toISOString().slice(0, 19)
    }
    const fraction = String(MICROS + Math.floor(known - second * MICROS))
    return `${this.#text}.${fraction.slice(1)}+0000`
  }
}
