/** Who may look at a page: whoever knows its token, and where to look. */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { isLoopback, type Place } from '../config/config-values.ts'
import { UsageError } from '../exit-codes.ts'

/** 128 bits: nobody guesses them. */
const TOKEN_BYTES = 16
const TOKEN_LENGTH_MIN = 16

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
  const shownHost = host.includes(':') ? `[${host}]` : host
  const query = token === undefined ? '' : `?token=${token}`
  process.stderr.write(`peerscope: http://${shownHost}:${port}/${query}\n`)
}
