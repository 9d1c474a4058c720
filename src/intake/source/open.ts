/** Several captures, or folders of them, merged by time. */
import { type Dirent, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { worldCause } from './byte-source.ts'
import { CaptureFile } from './capture-file.ts'
import { CaptureError, type Cursor, type SourceDamage } from './cursor.ts'

export type { Cursor } from './cursor.ts'
export { CaptureError } from './cursor.ts'

/**
 * Open captures.
 * @param paths  files, folders (all captures directly in them, by content, not by name), `-`
 */
export async function openCaptures(paths: readonly string[]): Promise<Cursor> {
  const files: CaptureFile[] = []
  try {
    for (const path of paths) files.push(...(await openPath(path)))
  } catch (error) {
    for (const file of files) await file.close()
    throw error
  }
  if (files.length === 0) throw new CaptureError('', 'no capture was named')
  return files.length === 1 ? files[0]! : new Merged(files)
}

async function openPath(path: string): Promise<CaptureFile[]> {
  if (path === '-' || !isFolder(path)) return [await CaptureFile.open(path)]
  const files: CaptureFile[] = []
  for (const name of entriesOf(path)) {
    try {
      files.push(await CaptureFile.open(join(path, name)))
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error
      // What is no capture may lie beside captures.
    }
  }
  if (files.length === 0) throw new CaptureError(path, 'is a folder without captures')
  return files
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}

function entriesOf(path: string): string[] {
  let entries: Dirent[]
  try {
    entries = readdirSync(path, { withFileTypes: true })
  } catch (error) {
    throw new CaptureError(path, worldCause(error), { cause: error })
  }
  return entries
    .filter((entry) => entry.isFile() || entry.isSymbolicLink())
    .map((entry) => entry.name)
    .sort()
}

/** Stands on the earliest packet of all files; equal times keep the order of the files. */
class Merged implements Cursor {
  readonly #files: readonly CaptureFile[]
  /** Files that stand on a packet which was not given out yet. */
  readonly #ready: boolean[]
  readonly #over: boolean[]
  #waiting: CaptureFile | undefined
  #current: CaptureFile
  #given = false

  constructor(files: readonly CaptureFile[]) {
    this.#files = files
    this.#ready = files.map(() => false)
    this.#over = files.map(() => false)
    this.#current = files[0]!
  }

  next(): 'packet' | 'wait' | 'end' {
    if (this.#given) {
      this.#ready[this.#files.indexOf(this.#current)] = false
      this.#given = false
    }
    let first = -1
    for (let i = 0; i < this.#files.length; i++) {
      if (this.#over[i]) continue
      const file = this.#files[i]!
      if (!this.#ready[i]) {
        const step = file.next()
        if (step === 'wait') {
          this.#waiting = file
          return 'wait'
        }
        this.#ready[i] = step === 'packet'
        this.#over[i] = step === 'end'
        if (step === 'end') continue
      }
      if (first < 0 || file.micros < this.#files[first]!.micros) first = i
    }
    if (first < 0) return 'end'
    this.#current = this.#files[first]!
    this.#given = true
    return 'packet'
  }

  async fill(): Promise<void> {
    await this.#waiting?.fill()
  }

  get bytes(): Uint8Array {
    return this.#current.bytes
  }
  get at(): number {
    return this.#current.at
  }
  get size(): number {
    return this.#current.size
  }
  get wireSize(): number {
    return this.#current.wireSize
  }
  get micros(): number {
    return this.#current.micros
  }
  get linkType(): number {
    return this.#current.linkType
  }
  get interfaceId(): number {
    return this.#current.interfaceId
  }
  get frame(): number {
    return this.#current.frame
  }
  get capture(): string {
    return this.#current.capture
  }
  get damage(): readonly SourceDamage[] {
    return this.#files.flatMap((file) => file.damage)
  }
  get bytesRead(): number {
    return this.#files.reduce((sum, file) => sum + file.bytesRead, 0)
  }
  get bytesTotal(): number | undefined {
    let sum = 0
    for (const file of this.#files) {
      if (file.bytesTotal === undefined) return undefined
      sum += file.bytesTotal
    }
    return sum
  }

  async close(): Promise<void> {
    for (const file of this.#files) await file.close()
  }
}
