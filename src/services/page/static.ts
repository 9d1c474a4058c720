/** The client's files as they were built. Names with a hash never change, the rest is asked again. */
import { readFile, stat } from 'node:fs/promises'
import { extname, join } from 'node:path'

// biome-ignore format: a table
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
}

/** `app-Bx3kQ9aZ.js`, `assets/uplot.4f2a9c1b.css` */
const HASHED = /[-.][A-Za-z0-9_-]{8,}\.[a-z0-9]+$/
/** Letters, digits and dots between slashes; no step begins with a dot, so none leads out. */
const SAFE = /^(?:[A-Za-z0-9_-][A-Za-z0-9._-]*\/)*[A-Za-z0-9_-][A-Za-z0-9._-]*$/

/** Paths below which lie files and no state of the page. */
const FILES_ONLY = /^\/(?:api|assets)(?:\/|$)/

/**
 * The file of a path; for a path that is a state of the page, the page itself.
 * @returns undefined where there is nothing
 */
export async function staticFile(
  folder: string,
  path: string,
  ifNoneMatch: string | undefined,
): Promise<Response | undefined> {
  const name = path.slice(1)
  const found =
    TYPES[extname(name)] !== undefined ? await served(folder, name, ifNoneMatch) : undefined
  if (found !== undefined || FILES_ONLY.test(path)) return found
  return served(folder, 'index.html', ifNoneMatch)
}

async function served(
  folder: string,
  name: string,
  ifNoneMatch: string | undefined,
): Promise<Response | undefined> {
  if (!SAFE.test(name)) return undefined
  const file = join(folder, name)
  const facts = await stat(file).catch(() => undefined)
  if (!facts?.isFile()) return undefined
  const etag = `"${facts.size.toString(36)}-${Math.floor(facts.mtimeMs).toString(36)}"`
  const headers = {
    'Content-Type': TYPES[extname(name)]!,
    'Cache-Control': HASHED.test(name) ? 'public, max-age=31536000, immutable' : 'no-cache',
    ETag: etag,
  }
  if (ifNoneMatch === etag) return new Response(null, { status: 304, headers })
  return new Response(await readFile(file), { headers })
}
