import { randomFrom } from '../../core/random.ts'

/** Bytes that look like chance: the same for the same number. */
export function chanceBytes(seed: number, count: number): Uint8Array {
  const next = randomFrom(seed)
  const bytes = new Uint8Array(count)
  for (let i = 0; i < count; i++) bytes[i] = next()
  return bytes
}
