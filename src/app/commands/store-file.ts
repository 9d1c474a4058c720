/** Whether a file that was named is a store or a capture. */
import { closeSync, openSync, readSync, statSync } from 'node:fs'

/** Where DuckDB files say what they are. */
const MAGIC_AT = 8
const MAGIC = 'DUCK'

export function isStore(path: string): boolean {
  // What is a folder, or is not there, is told of by whoever reads it.
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return false
  const head = Buffer.alloc(MAGIC_AT + MAGIC.length)
  const file = openSync(path, 'r')
  try {
    readSync(file, head, 0, head.length, 0)
  } finally {
    closeSync(file)
  }
  return head.toString('latin1', MAGIC_AT) === MAGIC
}
