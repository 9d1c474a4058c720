/** Values of options, checked where they are typed. */
import { InvalidArgumentError } from 'commander'
import { placeOf, sizeOf } from '../config/config-values.ts'

export function positive(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new InvalidArgumentError('Not a number of packets.')
  }
  return value
}

/** What can have one value only: of two, neither is meant more than the other. */
export function once(value: string, earlier: string | undefined): string {
  if (earlier !== undefined) throw new InvalidArgumentError(`There is '${earlier}' already.`)
  return value
}

/** One value each time it is given; a list after one option would swallow operands. */
export function each(value: string, earlier: readonly string[] = []): string[] {
  return [...earlier, value]
}

/** `a,b` and, said again, `c`. */
export function commas(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, ...text.split(',').filter((part) => part !== '')]
}

/** Stays text: the configuration has the same. */
export function place(text: string): string {
  if (placeOf(text) === undefined) throw new InvalidArgumentError('Not HOST:PORT or a port.')
  return text
}

export function size(text: string): string {
  if (sizeOf(text) === undefined) throw new InvalidArgumentError('Not a size such as 500MB or 2GB.')
  return text
}

/** Somewhere that something can be posted to. */
export function webUrl(text: string): string {
  const isWeb = URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)
  if (!isWeb) throw new InvalidArgumentError('Not an address such as https://host/path.')
  return text
}
