/** `peerscope serve`, `peerscope -r FILE --serve`: a page over captures, interfaces or a store. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { openCaptures } from '../../intake/source/open.ts'
import { openStore } from '../../services/store/store.ts'
import type { CaptureWay, Messages } from '../choices.ts'
import { type Config, type ConfigFlags, readConfig } from '../config/config.ts'
import { type Place, placeOf, sizeOf } from '../config/config-values.ts'
import { Networks } from '../config/networks.ts'
import { EXIT, type ExitCode, UsageError } from '../exit-codes.ts'
import { type Dark, readDark } from '../incidents/dark.ts'
import type { LiveOptions } from '../live/live.ts'
import { type Logger, openLog } from '../logging.ts'
import { Keeping } from '../serve/keeping.ts'
import { Serving } from '../serve/serving.ts'
import { defaultStore, keptFolder } from '../serve/state.ts'
import { tellPlace, tokenFor } from '../serve/token.ts'
import { Watching } from '../serve/watching.ts'
import { stopSignal } from '../stop-signal.ts'

/** The command line, as commander hands it over. */
export interface ServeFlags extends ConfigFlags {
  readonly read?: readonly string[]
  readonly interface?: readonly string[]
  readonly capture?: CaptureWay
  readonly workers?: number
  readonly ring?: number
  readonly snaplen?: number
  readonly promiscuous?: boolean
  readonly user?: string
  readonly filter?: string
  readonly messages?: Messages
  readonly store?: string
  readonly keepPackets?: string
  readonly listen?: string
  readonly tokenFile?: string
  readonly dark?: readonly string[]
  readonly upload?: boolean
  readonly quiet?: boolean
  /** `-r FILE --serve` came here. */
  readonly serve?: boolean
}

export async function serveCommand(
  operands: readonly string[],
  flags: ServeFlags,
): Promise<ExitCode> {
  const files = [...(flags.read ?? []), ...operands]
  // Until it can be heeded it must not end what only just begins.
  process.on('SIGHUP', () => undefined)
  const stopped = stopSignal()
  const config = readConfig(flags)
  const log = openLog(flags.quiet ? 'warn' : config.log)
  const dark = readDark(flags.dark ?? config.dark)
  await mustOpen(files)
  const listen = placeOf(flags.listen ?? config.listen)!
  const tokenFile = flags.tokenFile ?? config['token-file']
  const token = tokenFor(listen, tokenFile)
  const watching = await watched(files, flags, config, log)
  const folder = mkdtempSync(join(tmpdir(), 'peerscope-'))
  try {
    const known = tokenFile !== undefined
    return await serve({
      files,
      flags,
      config,
      log,
      folder,
      listen,
      token,
      known,
      watching,
      dark,
      stopped,
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

interface Prepared {
  readonly files: readonly string[]
  readonly flags: ServeFlags
  readonly config: Config
  readonly log: Logger
  /** For what need not stay. */
  readonly folder: string
  readonly listen: Place
  readonly token: string | undefined
  /** The token stands in a file. */
  readonly known: boolean
  readonly watching: Watching | undefined
  readonly dark: Dark | undefined
  readonly stopped: Promise<void>
}

async function serve(prepared: Prepared): Promise<ExitCode> {
  const { files, flags, config, log, folder, listen, token, watching } = prepared
  const path = storePath(flags, config, watching !== undefined, folder)
  const { hours } = config.store
  const store = await openStore(path, {
    onTrouble: (words) => log.warn(words),
    ...(hours !== undefined && { exportFolder: hours }),
  })
  const networks = new Networks(config, (host, network, { score, families }) =>
    log.warn({ host, network, score, families }, 'P2P where it is forbidden'),
  )
  const serving = await Serving.open(
    store,
    {
      listen,
      hostNames: config.names,
      networks,
      messages: flags.messages !== 'none',
      ...(prepared.dark && { dark: prepared.dark }),
      ...(token !== undefined && { token }),
      keptFolder: keptFolder(path),
      ...(flags.upload !== false && { uploads: uploadsOf(config) }),
    },
    log,
  )
  const keeping = new Keeping(store, config, log)
  try {
    if (watching !== undefined) await serving.watch(watching)
    tellPlace(serving.address, prepared.known ? undefined : token)
    if (files.length > 0) {
      const filter = flags.filter ?? config.filter
      const name = files.map((file) => basename(file)).join(', ')
      const everyMessage = flags.messages === 'all'
      serving.add(name, { files, everyMessage, ...(filter !== undefined && { filter }) })
    }
    process.on('SIGHUP', () => reload(flags, log, networks))
    const stopped = prepared.stopped.then(() => {
      log.info('stopping')
      return EXIT.ok
    })
    if (watching === undefined) return await stopped
    const ended = watching.finished.then(ignore, ignore)
    return (await Promise.race([stopped, ended])) ?? (await lost(watching, log))
  } finally {
    keeping.stop()
    await serving.close()
    await store.close()
  }
}

/** The interfaces, open; with them the rights are gone that only they need. */
async function watched(
  files: readonly string[],
  flags: ServeFlags,
  config: Config,
  log: Logger,
): Promise<Watching | undefined> {
  const interfaces = interfacesOf(files, flags, config)
  if (interfaces.length === 0) {
    refuseIdle(flags)
    return undefined
  }
  const path = storePath(flags, config, true, '')
  return Watching.open({
    ...liveOptions(interfaces, flags, config, keptPackets(flags, config, path)),
    everyMessage: flags.messages === 'all',
    onNotice: (text) => log.warn(text),
  })
}

/** Options that would do nothing: somebody believes that an interface is watched. */
function refuseIdle(flags: ServeFlags): void {
  const { capture = 'auto', workers = 1, ring, snaplen, promiscuous, user, keepPackets } = flags
  const said = Object.entries({
    '--capture': capture !== 'auto',
    '--workers': workers > 1,
    '--ring': ring !== undefined,
    '--snaplen': snaplen !== undefined,
    '--no-promiscuous': promiscuous === false,
    '--user': user !== undefined,
    '--keep-packets': keepPackets !== undefined,
  }).filter(([, isSaid]) => isSaid)
  if (said.length === 0) return
  const names = said.map(([name]) => name).join(', ')
  throw new UsageError(`${names}: no interface is watched; say -i`)
}

/** What cannot be read is told before a page is opened. */
async function mustOpen(files: readonly string[]): Promise<void> {
  const named = files.filter((file) => file !== '-')
  if (named.length > 0) await (await openCaptures(named)).close()
}

/** Those of the configuration, unless captures or others were asked for. */
function interfacesOf(
  files: readonly string[],
  flags: ServeFlags,
  config: Config,
): readonly string[] {
  if (flags.interface !== undefined) return flags.interface
  return files.length > 0 ? [] : (config.interfaces ?? [])
}

/** What is watched stays; what is read can be read again. */
function storePath(flags: ServeFlags, config: Config, isWatched: boolean, folder: string): string {
  if (flags.store !== undefined) return flags.store
  return isWatched ? (config.store.path ?? defaultStore()) : join(folder, 'store.duckdb')
}

function keptPackets(flags: ServeFlags, config: Config, path: string): LiveOptions['keep'] {
  const bytes = sizeOf(flags.keepPackets ?? config['keep-packets'] ?? '')
  return bytes === undefined ? undefined : { folder: keptFolder(path), bytes }
}

function liveOptions(
  interfaces: readonly string[],
  flags: ServeFlags,
  config: Config,
  keep: LiveOptions['keep'],
): LiveOptions {
  const { capture, workers = 1, snaplen, promiscuous, user } = flags
  const ring = flags.ring ?? config.ring
  const filter = flags.filter ?? config.filter
  return {
    interfaces,
    isProgram: true,
    // One is what the command line says where it says nothing.
    workers: workers > 1 ? workers : (config.workers ?? 1),
    ...(capture !== undefined && { capture }),
    ...(ring !== undefined && { ringMebibytes: ring }),
    ...(snaplen !== undefined && { snaplen }),
    ...(promiscuous !== undefined && { promiscuous }),
    ...(user !== undefined && { user }),
    ...(filter !== undefined && { filter }),
    ...(keep !== undefined && { keep }),
  }
}

function uploadsOf({ uploads }: Config) {
  return { fileBytes: sizeOf(uploads.file)!, totalBytes: sizeOf(uploads.total)! }
}

/**
 * Nothing is watched any more. The right to open an interface again was let go of, so whoever started
 * this has to: a page over a watch that is dead would look like a quiet network.
 */
async function lost(watching: Watching, log: Logger): Promise<ExitCode> {
  try {
    const { damage } = await watching.finished
    for (const { capture, cause } of damage) log.error(`${capture}: ${cause}`)
    log.error('nothing is watched any more; what was seen is in the store')
    return EXIT.damaged
  } catch (error) {
    log.error(`the watch failed: ${(error as Error).message}`)
    return EXIT.failed
  }
}

function ignore(): undefined {}

/** What may change without a restart. */
function reload(flags: ServeFlags, log: Logger, networks: Networks): void {
  try {
    const config = readConfig(flags)
    log.level = flags.quiet ? 'warn' : config.log
    networks.configure(config)
    log.info('the configuration was read again')
  } catch (error) {
    log.error(`the configuration stays as it was: ${(error as Error).message}`)
  }
}
