/** Our own events as they are, one JSON object a line. */
import type { Event } from '../../core/event.ts'

/** The line of an event, without its end. A 64-bit number above 2^53 becomes a string. */
export function ndjsonLine(event: Event | { readonly type: 'totals' | 'status' }): string {
  try {
    return JSON.stringify(event)
  } catch {
    return JSON.stringify(event, (_key, value: unknown) =>
      typeof value === 'bigint' ? value.toString() : value,
    )
  }
}
