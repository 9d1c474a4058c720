/**
 * Small pieces of memory, used again: allocating and clearing one for each undecided flow costs more
 * than looking at it.
 */

/** Holds the first segments of one side, or three full datagrams. */
export const PAGE_BYTES = 4096
/** Pages kept for the next flow; 16 MiB. */
const PAGES_FREE_MAX = 4096

const free: Uint8Array[] = []

export function takePage(): Uint8Array {
  return free.pop() ?? uncleared(PAGE_BYTES)
}

/** Give a page back. Buffers of other sizes are left to the garbage collector. */
export function givePage(buffer: Uint8Array): void {
  if (buffer.length === PAGE_BYTES && free.length < PAGES_FREE_MAX) free.push(buffer)
}

/** Memory as it comes. Not as a Buffer: what readers `slice` must be a copy, and theirs is a view. */
export function uncleared(size: number): Uint8Array {
  return new Uint8Array(Buffer.allocUnsafeSlow(size).buffer)
}
