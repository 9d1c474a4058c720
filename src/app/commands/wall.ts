/** `peerscope wall`: what passes through this machine, decided as it passes. */
import { readFileSync } from 'node:fs'
import type { Event } from '../../core/event.ts'
import { Eve } from '../../services/export/eve.ts'
import { ndjsonLine } from '../../services/export/ndjson.ts'
import type { HostChange } from '../../services/wall/judgement.ts'
import type { WallFormat } from '../choices.ts'
import { ConfigError, readConfig } from '../config/config.ts'
import { EXIT, type ExitCode, UsageError } from '../exit-codes.ts'
import { type Logger, openLog } from '../logging.ts'
import { Output } from '../output.ts'
import { mustHavePage } from '../serve/token.ts'
import { stopSignal } from '../stop-signal.ts'
import { Hooks } from '../wall/hooks.ts'
import { NO_RULES, rulesOf } from '../wall/kernel-rules.ts'
import { ClassLog, logClasses } from '../wall/log-classes.ts'
import { type PageFlags, PageProcess } from '../wall/page-process.ts'
import { RulesError } from '../wall/programs.ts'
import { rulesTold } from '../wall/rules-text.ts'
import { WallRun } from '../wall/run.ts'
import { type RulesFlags, settingsOf } from '../wall/settings.ts'
import type { WallStatus } from '../wall/thread.ts'
import { UPDATE_SECONDS, type WallPageFlags } from '../wall/wall-page.ts'

/** The command line, as commander hands it over. */
export interface WallFlags extends RulesFlags, WallPageFlags {
  readonly rules: boolean
  readonly shape?: readonly string[]
  readonly dryRun?: boolean
  readonly format?: WallFormat
  readonly write?: string
  readonly everyEvent?: boolean
  readonly log?: string
  readonly hook?: string
  readonly webhook?: string
  readonly webhookSecret?: string
  /** Seconds; 0: never. */
  readonly stats: number
}

/** Lines wait no longer than this for others. */
const FLUSH_MS = 500

export async function wallCommand(flags: WallFlags): Promise<ExitCode> {
  mustHavePage(flags)
  if (flags.webhookSecret !== undefined && flags.webhook === undefined) {
    throw new UsageError('--webhook-secret signs what is posted: say --webhook')
  }
  if (flags.everyEvent && (flags.format ?? flags.write) === undefined) {
    throw new UsageError('--every-event is of what is written: say --format or -w')
  }
  // Until it can be heeded it must not end what only just begins.
  if (!flags.dryRun) process.on('SIGHUP', () => undefined)
  const settings = settingsOf(readConfig(flags), flags)
  const { config, networks, wall, rulesOptions } = settings
  const log = openLog(config.log)
  const { engine, shape: shaped } = flags
  const tell = (text: string) => log.info(text)
  const rules = flags.rules ? rulesOf({ engine, shaped, tell }, rulesOptions) : NO_RULES
  const told = rulesTold(rules.made)
  if (flags.dryRun) {
    process.stdout.write(told.text(rulesOptions))
    return EXIT.ok
  }
  const stopped = stopSignal()
  // It comes before the wall stands, and goes after it: what is decided last is written too.
  const page =
    flags.listen === undefined
      ? undefined
      : await PageProcess.open(pageFlags(flags), config, rules.made, log)
  try {
    const watch = new Watch(flags, log, page)
    const run = await WallRun.open({
      ...{ config: wall, networks, rulesOptions, rules },
      inside: flags.interfaceIn ?? [],
      everyEvent: flags.everyEvent === true || page !== undefined,
      ...(page !== undefined && { updateSeconds: UPDATE_SECONDS }),
      consume: (event) => watch.consume(event),
      onHost: (change) => watch.host(change),
      onRefuse: (refused) => page?.refuse(refused),
      onStatus: (status) => watch.status(status),
      onNotice: (text) => log.warn(text),
    })
    log.info({ queue: wall.queue.number, rules: told.engine }, 'the wall stands')
    await watch.until(run, stopped)
  } finally {
    await page?.close()
  }
  return EXIT.ok
}

/** What of the command line is the page's business, as plain data. */
function pageFlags({ engine, listen, store, tokenFile, queue, local }: WallFlags): PageFlags {
  return {
    engine,
    ...(listen !== undefined && { listen }),
    ...(store !== undefined && { store }),
    ...(tokenFile !== undefined && { tokenFile }),
    ...(queue !== undefined && { queue }),
    ...(local !== undefined && { local }),
  }
}

/** Where decisions go, and signals. */
class Watch {
  readonly #hooks: Hooks
  readonly #log: Logger
  readonly #flags: WallFlags
  readonly #page: PageProcess | undefined
  readonly #output: Output | undefined
  readonly #classes: ClassLog | undefined
  readonly #eve = new Eve()
  #seconds = 0

  constructor(flags: WallFlags, log: Logger, page: PageProcess | undefined) {
    this.#flags = flags
    this.#log = log
    this.#page = page
    const classes = flags.log === undefined ? undefined : logClasses(flags.log)
    if (flags.log !== undefined && classes === undefined) {
      throw new UsageError(`--log ${flags.log}: classes are the letters u U t T c p`)
    }
    this.#classes = classes && new ClassLog(classes)
    const isWritten = flags.format !== undefined || flags.write !== undefined
    if (isWritten) this.#output = Output.open(flags.write ?? '-')
    this.#hooks = new Hooks({
      command: flags.hook,
      webhook: flags.webhook,
      secret: flags.webhookSecret && readFileSync(flags.webhookSecret, 'utf8').trim(),
      warn: (text) => this.#log.warn(text),
    })
  }

  host(change: HostChange): void {
    this.#hooks.tell(change)
    this.#page?.host(change)
  }

  consume(event: Event): void {
    this.#page?.consume(event)
    // Of a wall with a page all events come.
    if (event.type !== 'decision' && this.#flags.everyEvent !== true) return
    this.#write(this.#flags.format === 'ndjson' ? ndjsonLine(event) : this.#eve.line(event))
    if (event.type !== 'decision') return
    for (const line of this.#classes?.lines(event) ?? []) process.stderr.write(`${line}\n`)
  }

  #write(line: string | undefined): void {
    if (line !== undefined) this.#output?.line(line)
  }

  status(status: WallStatus): void {
    this.#page?.status(status)
    const { stats, format } = this.#flags
    if (stats === 0 || ++this.#seconds % stats !== 0) return
    if (format === 'ndjson') this.#write(ndjsonLine({ type: 'status', ...status }))
    else this.#log.info({ ...status }, 'status')
  }

  /** Until a signal, or until the thread fails. */
  async until(run: WallRun, stopped: Promise<void>): Promise<void> {
    const flush = setInterval(() => this.#output?.flush(), FLUSH_MS)
    process.on('SIGHUP', () => this.#reload(run))
    try {
      await Promise.race([stopped, run.ended])
      await run.stop()
      this.#tell(run.status)
    } finally {
      clearInterval(flush)
      this.#output?.close()
    }
  }

  /** A policy that cannot be used leaves the old one as it was. */
  #reload(run: WallRun): void {
    this.#output?.reopen()
    try {
      const settings = settingsOf(readConfig(this.#flags), this.#flags)
      run.usePolicy(settings.wall, settings.networks, settings.rulesOptions)
      this.#page?.usePolicy(settings.config)
      this.#log.info('the policy was read again')
    } catch (error) {
      const isOurs = error instanceof ConfigError || error instanceof RulesError
      if (!isOurs && (error as NodeJS.ErrnoException).code === undefined) throw error
      this.#log.error(`the policy stays as it was: ${(error as Error).message}`)
    }
  }

  #tell(status: WallStatus | undefined): void {
    if (status === undefined) return
    const { packets, accepted, dropped, hits } = status
    this.#log.info({ packets, accepted, dropped, hits }, 'the wall is gone')
  }
}
