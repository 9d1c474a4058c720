/** `peerscope serve`, `peerscope -r FILE --serve`: a page over captures or a store. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { openCaptures } from '../../intake/source/open.ts'
import { openStore } from '../../services/store/store.ts'
import type { Messages } from '../choices.ts'
import { type Config, type LogLevel, readConfig } from '../config.ts'
import { isLoopback, type Place, placeOf, sizeOf } from '../config-values.ts'
import { EXIT, type ExitCode, UsageError } from '../exit-codes.ts'
import { type Logger, openLog } from '../logging.ts'
import { Serving } from '../serving.ts'

/** The command line, as commander hands it over. */
export interface ServeFlags {
  readonly read?: readonly string[]
  readonly filter?: string
  readonly messages?: Messages
  readonly store?: string
  readonly listen?: string
  readonly tokenFile?: string
  readonly upload?: boolean
  readonly config?: string
  readonly quiet?: boolean
  /** `-r FILE --serve` came here. */
  readonly serve?: boolean
}

/** 128 bits: nobody guesses them. */
const TOKEN_BYTES = 16
const TOKEN_LENGTH_MIN = 16

export async function serveCommand(
  operands: readonly string[],
  flags: ServeFlags,
): Promise<ExitCode> {
  const files = [...(flags.read ?? []), ...operands]
  const config = readConfig(flags.config)
  const log = openLog(flags.quiet ? 'warn' : config.log)
  const listen = placeOf(flags.listen ?? config.listen)!
  const token = tokenFor(listen, flags.tokenFile ?? config['token-file'])
  await mustOpen(files)
  const folder = mkdtempSync(join(tmpdir(), 'peerscope-'))
  const path = flags.store ?? config.store.path ?? join(folder, 'store.duckdb')
  try {
    const store = await openStore(path, { onTrouble: (words) => log.warn(words) })
    const serving = await Serving.open(
      store,
      {
        listen,
        names: config.names,
        messages: flags.messages !== 'none',
        ...(token !== undefined && { token }),
        ...(flags.upload !== false && { uploads: uploadsOf(config) }),
      },
      log,
    )
    tell(serving.address, token, flags.tokenFile !== undefined)
    if (files.length > 0) {
      serving.add(files.map((file) => basename(file)).join(', '), {
        files,
        ...(flags.filter !== undefined && { filter: flags.filter }),
        everyMessage: flags.messages === 'all',
      })
    }
    await untilStopped(log, () => reload(flags, log))
    await serving.close()
    await store.close()
    return EXIT.ok
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What cannot be read is told before a page is opened. */
async function mustOpen(files: readonly string[]): Promise<void> {
  const named = files.filter((file) => file !== '-')
  if (named.length > 0) await (await openCaptures(named)).close()
}

function uploadsOf({ uploads }: Config) {
  return { fileBytes: sizeOf(uploads.file)!, totalBytes: sizeOf(uploads.total)! }
}

/** Nobody beyond this machine looks without a token. */
function tokenFor(listen: Place, file: string | undefined): string | undefined {
  if (file !== undefined) {
    const token = readFileSync(file, 'utf8').trim()
    if (token.length >= TOKEN_LENGTH_MIN && /^[\x21-\x7e]+$/.test(token)) return token
    throw new UsageError(`${file}: a token is at least ${TOKEN_LENGTH_MIN} letters and digits`)
  }
  return isLoopback(listen.host) ? undefined : randomBytes(TOKEN_BYTES).toString('hex')
}

/** Once, for a person; a token that stands in a file is not told. */
function tell({ host, port }: Place, token: string | undefined, isKnown: boolean): void {
  const shownHost = host.includes(':') ? `[${host}]` : host
  const query = token === undefined || isKnown ? '' : `?token=${token}`
  process.stderr.write(`peerscope: http://${shownHost}:${port}/${query}\n`)
}

/** The first signal ends it and keeps what was read, the second ends it at once. */
function untilStopped(log: Logger, onHangup: () => void): Promise<void> {
  return new Promise((resolve) => {
    let isStopping = false
    const stop = () => {
      if (isStopping) process.exit(EXIT.interrupted)
      isStopping = true
      log.info('stopping')
      resolve()
    }
    process.on('SIGINT', stop)
    process.on('SIGTERM', stop)
    process.on('SIGHUP', onHangup)
  })
}

/** What may change without a restart. */
function reload(flags: ServeFlags, log: Logger): void {
  try {
    const level: LogLevel = flags.quiet ? 'warn' : readConfig(flags.config).log
    log.level = level
    log.info('the configuration was read again')
  } catch (error) {
    log.error({ err: error }, 'the configuration stays as it was')
  }
}
