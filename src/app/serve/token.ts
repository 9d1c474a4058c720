/** Who may look at a page: whoever knows its token, and where to look. */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { endpointText, unroutable } from '../../core/address.ts'
import { isLoopback, type Place } from '../config/config-values.ts'
import { UsageError } from '../exit-codes.ts'

/** 128 bits: nobody guesses them. */
const TOKEN_BYTES = 16
const TOKEN_LENGTH_MIN = 16
/** Of a machine with many bridges more would only hide the line. */
const PLACES_MAX = 8

/** What is said of a page that nobody opens would do nothing. */
export function mustHavePage(flags: {
  readonly listen?: string
  readonly store?: string
  readonly tokenFile?: string
}): void {
  if (flags.listen !== undefined || (flags.store ?? flags.tokenFile) === undefined) return
  throw new UsageError('--store and --token-file are for the page: say --listen')
}

/** Nobody beyond this machine looks without a token. */
export function tokenFor(listen: Place, file: string | undefined): string | undefined {
  if (file !== undefined) {
    const token = readFileSync(file, 'utf8').trim()
    if (token.length >= TOKEN_LENGTH_MIN && /^[\x21-\x7e]+$/.test(token)) return token
    throw new UsageError(`${file}: a token is at least ${TOKEN_LENGTH_MIN} letters and digits`)
  }
  return isLoopback(listen.host) ? undefined : randomBytes(TOKEN_BYTES).toString('hex')
}

/** @param token  told once, for a person; one that stands in a file is not told */
export function tellPlace({ host, port }: Place, token: string | undefined): void {
  const query = token === undefined ? '' : `?token=${token}`
  for (const ip of openable(host)) {
    process.stderr.write(`peerscope: http://${endpointText({ ip, port })}/${query}\n`)
  }
}

/** `0.0.0.0` and `::` stand for all addresses of the machine: a browser needs one of them. */
export function openable(host: string, interfaces = networkInterfaces()): readonly string[] {
  if (host !== '0.0.0.0' && host !== '::') return [host]
  const own = Object.values(interfaces)
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family }) => host === '::' || family === 'IPv4')
    .filter(({ internal, address }) => !internal && unroutable(address) !== 'link local')
    .map(({ address }) => address)
  if (own.length > 0) return own.slice(0, PLACES_MAX)
  return [host === '::' ? '::1' : '127.0.0.1']
}
