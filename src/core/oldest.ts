/** Maps that forget what stands in them longest. */

/** A part of a map that is forgotten at once: to find its oldest is to pass over all that were removed. */
const PARTS = 16

/**
 * Forget the oldest sixteenth of a map that has more than `most` entries.
 * @returns whether it had
 */
export function trim<V>(
  map: Map<unknown, V>,
  most: number,
  forgotten?: (value: V) => void,
): boolean {
  if (map.size <= most) return false
  let left = Math.ceil(most / PARTS)
  for (const [key, value] of map) {
    if (left-- === 0) break
    map.delete(key)
    forgotten?.(value)
  }
  return true
}
