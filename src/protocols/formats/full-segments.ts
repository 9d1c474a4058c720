/**
 * Segments of a stream that is sent as fast as it goes: each as full as the way allows. Cards and
 * kernels join such segments before a capture sees them, so that few are left, and of any size.
 * Source: RFC 9293 3.7.1 (what every link carries), RFC 894 (what Ethernet carries).
 */

/** Links carry at least 576 bytes of IP, less its headers and TCP's. */
export const FULL_SEGMENT_BYTES = 512
/** 1,500 less the headers; what is larger was joined, or went over a link that carries more. */
const SEGMENT_BYTES_MAX = 1460

/** How many segments were sent at least, before any were joined. */
export function segmentsSent(segments: readonly number[]): number {
  return segments.reduce((sum, size) => sum + partsOf(size), 0)
}

/** Whether of four segments that were sent at least three were as full as the fullest. */
export function mostAreFull(segments: readonly number[]): boolean {
  const sizes = segments.map(Math.abs)
  const fullest = Math.max(0, ...sizes.filter((size) => size <= SEGMENT_BYTES_MAX))
  const full = sizes.filter((size) => size > SEGMENT_BYTES_MAX || size === fullest)
  const largest = Math.max(0, ...sizes)
  return largest >= FULL_SEGMENT_BYTES && 4 * segmentsSent(full) >= 3 * segmentsSent(sizes)
}

function partsOf(size: number): number {
  return Math.ceil(Math.abs(size) / SEGMENT_BYTES_MAX)
}
