/**
 * A store whose log ends in what was never written, as it may after a power cut. Everything before is
 * whole flushes: the log is cut there, and kept aside as it was.
 */
import { copyFileSync, truncateSync } from 'node:fs'

/** DuckDB tells where an entry begins behind its size and its checksum, 8 bytes each. */
const ENTRY_HEAD_BYTES = 16

/** Where the log of a store is damaged, in DuckDB's words; undefined where it is something else. */
export function damagedAt(reason: string): number | undefined {
  const at = /Corrupt WAL file: entry at byte position (\d+)/.exec(reason)?.[1]
  return at === undefined ? undefined : Math.max(0, Number(at) - ENTRY_HEAD_BYTES)
}

/** @returns what was done, in words */
export function cutLog(path: string, at: number): string {
  const log = `${path}.wal`
  const aside = `${log}.damaged-${Date.now()}`
  copyFileSync(log, aside)
  truncateSync(log, at)
  return `the log of ${path} was damaged at byte ${at}: what was written before is there; the log as it was: ${aside}`
}
