/** Captures as the user names them: files, folders, standard input; several are merged by time. */
import { type Dirent, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { worldCause } from './byte-source.ts'
import { CaptureFile } from './capture-file.ts'
import { CaptureError, type Cursor, NotACapture, type Place } from './cursor.ts'
import { Merged } from './merged.ts'

export type { Cursor, Place } from './cursor.ts'
export { CaptureError } from './cursor.ts'

/**
 * Open captures.
 * @param paths  files, folders (all captures directly in them, by content, not by name), `-`
 * @param onLeftOut  is told of files in folders that are called captures and are none
 * @throws CaptureError  where one of them cannot be opened, or is no capture
 */
export async function openCaptures(
  paths: readonly string[],
  onLeftOut?: (error: CaptureError) => void,
): Promise<Cursor> {
  if (paths.length === 0) throw new CaptureError('', 'no capture was named')
  if (paths.filter((path) => path === '-').length > 1) {
    throw new CaptureError('-', 'standard input can be read only once')
  }
  const files: CaptureFile[] = []
  try {
    for (const path of paths) await openPath(path, files, onLeftOut)
  } catch (error) {
    for (const file of files) await file.close()
    throw error
  }
  for (const file of files) file.share(files.length)
  return files.length === 1 ? files[0]! : new Merged(files)
}

/** One capture, at a place that a cursor told of; from its beginning where that cannot be. */
export async function openCaptureAt(path: string, place: Place): Promise<Cursor> {
  const file = await CaptureFile.open(path)
  await file.goTo(place)
  file.share(1)
  return file
}

async function openPath(
  path: string,
  files: CaptureFile[],
  onLeftOut?: (error: CaptureError) => void,
): Promise<void> {
  const open = async (file: string) => {
    files.push(await CaptureFile.open(file))
  }
  await eachCapture(path, open, onLeftOut)
}

/** What lies beside captures is nobody's business, but for what is called one. */
const CALLED_A_CAPTURE = /\.(?:pcap|pcapng|cap)(?:\.(?:gz|zst))?$/i

/**
 * Do something with a file, or with every capture in a folder.
 * @param use  throws NotACapture for what is none: in a folder it may lie beside captures
 */
export async function eachCapture(
  path: string,
  use: (file: string) => Promise<void>,
  onLeftOut?: (error: CaptureError) => void,
): Promise<void> {
  if (path === '-' || !isFolder(path)) return use(path)
  let used = 0
  for (const name of entriesOf(path)) {
    try {
      await use(join(path, name))
      used++
    } catch (error) {
      if (!(error instanceof NotACapture)) throw error
      if (CALLED_A_CAPTURE.test(name)) onLeftOut?.(error)
    }
  }
  if (used > 0) return
  const below = hasFolders(path) ? '; folders in it are not looked into' : ''
  throw new CaptureError(path, `is a folder without captures${below}`)
}

function hasFolders(path: string): boolean {
  return readdirSync(path, { withFileTypes: true }).some((entry) => entry.isDirectory())
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}

/** Names of what may be a file, in the order of their bytes, so that no locale changes the events. */
function entriesOf(path: string): string[] {
  let entries: Dirent[]
  try {
    entries = readdirSync(path, { withFileTypes: true })
  } catch (error) {
    throw new CaptureError(path, worldCause(error), { cause: error })
  }
  return entries
    .filter(
      (entry) => entry.isFile() || (entry.isSymbolicLink() && isRegular(join(path, entry.name))),
    )
    .map((entry) => entry.name)
    .sort()
}

function isRegular(path: string): boolean {
  try {
    return statSync(path).isFile()
  } catch {
    return false
  }
}
