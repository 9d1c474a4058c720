/** Nothing: there are no bytes that only Vagaa sends. README.md tells where it is seen. */
import type { Protocol, Sight } from '../../core/protocol.ts'

export const starts: Protocol['starts'] = {}

export function recognise(): Sight {
  return 'no'
}
