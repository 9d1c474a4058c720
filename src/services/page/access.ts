/**
 * Who may speak to the page, and what a browser may do with it.
 *
 * A page on this machine is reached by every other page that its browser shows: those can send
 * requests (Origin is looked at), and can give their own name this machine's address (DNS
 * rebinding: Host is looked at). Beyond this machine whoever speaks needs a token.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import { isIP } from 'node:net'
import type { Context, MiddlewareHandler } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import type { Failure } from './api.ts'

/** No inline script or style, nothing from elsewhere, in no frame. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

const HEADERS = {
  'Content-Security-Policy': POLICY,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'X-Frame-Options': 'DENY',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
} as const

/** On whatever was answered, also a file or an error. */
export function securityHeaders(): MiddlewareHandler {
  return async (context, next) => {
    await next()
    for (const [name, value] of Object.entries(HEADERS)) context.res.headers.set(name, value)
  }
}

/** Only by names that are ours: whoever rebinds a name of theirs is told nothing. */
export function knownHost(names: readonly string[]): MiddlewareHandler {
  const known = new Set(['localhost', ...names.map((name) => name.toLowerCase())])
  return async (context, next) => {
    const name = hostName(context.req.header('host') ?? '')
    if (isIP(name) === 0 && !known.has(name)) {
      return failure(context, 403, 'this name is not one of the page’s')
    }
    return next()
  }
}

/** `[::1]:8686` → `::1` */
function hostName(host: string): string {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:[\]]+))(?::\d+)?$/i.exec(host)
  return (match?.[1] ?? match?.[2] ?? '').toLowerCase().replace(/\.$/, '')
}

/** What changes something comes from the page itself, or from no page at all. */
export function ownOrigin(): MiddlewareHandler {
  return async (context, next) => {
    const { method } = context.req
    if (method === 'GET' || method === 'HEAD') return next()
    const origin = context.req.header('origin')
    const site = context.req.header('sec-fetch-site')
    const isForeign =
      (origin !== undefined && hostOf(origin) !== context.req.header('host')?.toLowerCase()) ||
      (site !== undefined && site !== 'same-origin' && site !== 'none')
    return isForeign ? failure(context, 403, 'another page asked for this') : next()
  }
}

function hostOf(origin: string): string | undefined {
  return /^https?:\/\/([^/]+)$/i.exec(origin)?.[1]?.toLowerCase()
}

/** What may be asked without the token: whether it lives, and nothing else. */
const OPEN_PATHS: readonly string[] = ['/healthz', '/readyz']
/** Half a year. */
const COOKIE_SECONDS = 15_552_000

/** `?token=` once, which becomes a cookie; or `Authorization: Bearer`. */
export function tokenNeeded(token: string): MiddlewareHandler {
  return async (context, next) => {
    if (OPEN_PATHS.includes(context.req.path)) return next()
    const cookie = cookieName(context)
    const offered = context.req.query('token')
    if (offered !== undefined && isSame(offered, token)) {
      setCookie(context, cookie, token, {
        httpOnly: true,
        sameSite: 'Lax',
        path: '/',
        maxAge: COOKIE_SECONDS,
      })
      const url = new URL(context.req.url)
      url.searchParams.delete('token')
      return context.redirect(`${withoutHost(url.pathname)}${url.search}`, 303)
    }
    const bearer = /^Bearer (.+)$/.exec(context.req.header('authorization') ?? '')?.[1]
    const given = bearer ?? getCookie(context, cookie)
    if (given !== undefined && isSame(given, token)) return next()
    return failure(context, 401, 'a token is needed: open the address that peerscope printed')
  }
}

/** Cookies do not know ports: each server of a machine has its own. */
function cookieName(context: Context): string {
  const port = /:(\d+)$/.exec(context.req.header('host') ?? '')?.[1] ?? '80'
  return `peerscope-${port}`
}

/** `//evil.example/` would lead elsewhere. */
function withoutHost(path: string): string {
  return `/${path.replace(/^[/\\]+/, '')}`
}

/** In a time that does not tell how much of it was right. */
function isSame(one: string, other: string): boolean {
  return timingSafeEqual(digest(one), digest(other))
}

function digest(text: string): Uint8Array {
  return createHash('sha256').update(text).digest()
}

export function failure(
  context: Context,
  status: 400 | 401 | 403 | 404 | 405 | 413 | 500 | 503,
  error: string,
  at?: number,
): Response {
  const body: Failure = { error, ...(at !== undefined && { at }) }
  return context.json(body, status)
}
