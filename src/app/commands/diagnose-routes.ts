/** `--routes FILE`: which networks are announced, of a file as route collectors give it. */
import { CaptureError } from '../../intake/source/open.ts'
import { openBytes } from '../../intake/source/open-bytes.ts'
import { Routes } from '../../services/diagnose/routes.ts'
import { RoutesFault, RoutesReader } from '../../services/diagnose/routes-file.ts'

const CHUNK_BYTES = 1 << 18

/** @throws CaptureError */
export async function readRoutes(path: string): Promise<Routes> {
  const routes = new Routes()
  const reader = new RoutesReader(routes)
  const { source } = await openBytes(path)
  const chunk = new Uint8Array(CHUNK_BYTES)
  try {
    for (;;) {
      const count = await source.read(chunk)
      if (count === 0) break
      reader.push(chunk.subarray(0, count))
    }
    reader.end()
  } catch (error) {
    if (!(error instanceof RoutesFault)) throw error
    const hint = isBzip2(path) ? ' (unpack it: bzcat FILE | peerscope … --routes -)' : ''
    throw new CaptureError(path, `${error.message}${hint}`, { cause: error })
  } finally {
    source.close()
  }
  return routes
}

function isBzip2(path: string): boolean {
  return /\.bz2$/i.test(path)
}
