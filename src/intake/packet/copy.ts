/**
 * A copy of bytes[from, to), also where `bytes` is a Node Buffer, whose own `slice` would share
 * the memory that the next chunk of the capture overwrites.
 */
export function copyOf(bytes: Uint8Array, from: number, to: number): Uint8Array {
  const copy = new Uint8Array(to - from)
  copy.set(bytes.subarray(from, to))
  return copy
}
