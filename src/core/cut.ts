/**
 * Datagrams of which the capture holds only the beginning, because it was told to keep so many
 * bytes of each packet. What is missing is no fault of the sender: it is counted, and the part that
 * is there is read as far as it goes.
 */
import type { Moment } from './protocol.ts'

/** Under which name such datagrams are counted. */
export const CUT_BY_CAPTURE = 'cut-by-capture'

/** Whether the datagram was longer on the wire; where nobody tells its size, it was not. */
export function isCutByCapture(bytes: Uint8Array, at: Moment): boolean {
  return at.wireSize !== undefined && at.wireSize > bytes.length
}
