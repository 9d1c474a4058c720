/** `peerscope wall`: what passes through this machine, decided as it passes. */
import { readFileSync } from 'node:fs'
import type { Event } from '../../core/event.ts'
import { Eve } from '../../services/export/eve.ts'
import { ndjsonLine } from '../../services/export/ndjson.ts'
import { Policy } from '../../services/wall/policy.ts'
import type { RulesOptions } from '../../services/wall/rules.ts'
import type { WallConfig } from '../../services/wall/schema.ts'
import type { RuleEngine, WallFormat } from '../choices.ts'
import { type Config, ConfigError, readConfig } from '../config/config.ts'
import { EXIT, type ExitCode, UsageError } from '../exit-codes.ts'
import { openLog } from '../logging.ts'
import { Output } from '../output.ts'
import { Hooks } from '../wall/hooks.ts'
import { NO_RULES, rulesOf } from '../wall/kernel-rules.ts'
import { ClassLog, logClasses } from '../wall/log-classes.ts'
import { RulesError } from '../wall/programs.ts'
import { WallRun } from '../wall/run.ts'
import type { WallStatus } from '../wall/thread.ts'

/** The command line, as commander hands it over. */
export interface RulesFlags {
  readonly config?: string
  readonly queue?: number
  readonly interfaceIn?: readonly string[]
  readonly local?: boolean
  readonly engine: RuleEngine
}

export interface WallFlags extends RulesFlags {
  readonly rules: boolean
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
  const { config, networks, wall, rulesOptions } = settingsOf(flags)
  const rules = flags.rules ? rulesOf(flags.engine, rulesOptions) : NO_RULES
  if (flags.dryRun) {
    process.stdout.write(rules.text(rulesOptions))
    return EXIT.ok
  }
  const watch = new Watch(flags, config)
  const run = await WallRun.open({
    config: wall,
    networks,
    rulesOptions,
    inside: flags.interfaceIn ?? [],
    everyEvent: flags.everyEvent === true,
    rules,
    consume: (event) => watch.consume(event),
    onHost: (change) => watch.hooks.tell(change),
    onStatus: (status) => watch.status(status),
    onNotice: (text) => watch.log.warn(text),
  })
  watch.log.info({ queue: wall.queue.number, rules: rules.engine }, 'the wall stands')
  await watch.until(run)
  return EXIT.ok
}

export interface WallSettings {
  readonly config: Config
  readonly wall: WallConfig
  readonly networks: Config['networks']
  readonly rulesOptions: RulesOptions
}

/** The command line has the last word. */
export function settingsOf(flags: RulesFlags): WallSettings {
  const config = readConfig(flags.config)
  const { networks } = config
  const { queue, ...rest } = config.wall
  const wall = {
    ...rest,
    ...(flags.local && { local: true }),
    queue: { ...queue, ...(flags.queue !== undefined && { number: flags.queue }) },
  }
  const rulesOptions = {
    queue: wall.queue.number,
    fail: wall.queue.fail,
    local: wall.local,
    throttles: new Policy(wall, networks).throttles,
    ours: networks.flatMap(({ cidrs }) => cidrs),
    sets: true,
    htb: false,
  }
  return { config, wall, networks, rulesOptions }
}

/** Where decisions go, and signals. */
class Watch {
  readonly hooks: Hooks
  readonly log: ReturnType<typeof openLog>
  readonly #flags: WallFlags
  readonly #output: Output | undefined
  readonly #classes: ClassLog | undefined
  readonly #eve = new Eve()
  #seconds = 0

  constructor(flags: WallFlags, config: Config) {
    this.#flags = flags
    this.log = openLog(config.log)
    const classes = flags.log === undefined ? undefined : logClasses(flags.log)
    if (flags.log !== undefined && classes === undefined) {
      throw new UsageError(`--log ${flags.log}: classes are the letters u U t T c p`)
    }
    this.#classes = classes && new ClassLog(classes)
    const isWritten = flags.format !== undefined || flags.write !== undefined
    if (isWritten) this.#output = Output.open(flags.write ?? '-')
    this.hooks = new Hooks({
      command: flags.hook,
      webhook: flags.webhook,
      secret: flags.webhookSecret && readFileSync(flags.webhookSecret, 'utf8').trim(),
      warn: (text) => this.log.warn(text),
    })
  }

  consume(event: Event): void {
    this.#write(this.#flags.format === 'ndjson' ? ndjsonLine(event) : this.#eve.line(event))
    if (event.type !== 'decision') return
    for (const line of this.#classes?.lines(event) ?? []) process.stderr.write(`${line}\n`)
  }

  #write(line: string | undefined): void {
    if (line !== undefined) this.#output?.line(line)
  }

  status(status: WallStatus): void {
    const { stats, format } = this.#flags
    if (stats === 0 || ++this.#seconds % stats !== 0) return
    if (format === 'ndjson') this.#write(ndjsonLine({ type: 'status', ...status }))
    else this.log.info({ ...status }, 'status')
  }

  /** Until a signal, or until the thread fails; the second signal ends everything. */
  async until(run: WallRun): Promise<void> {
    const flush = setInterval(() => this.#output?.flush(), FLUSH_MS)
    process.on('SIGHUP', () => this.#reload(run))
    const signal = new Promise<void>((resolve) => {
      const onSignal = () => {
        process.on('SIGINT', () => process.exit(EXIT.interrupted))
        resolve()
      }
      process.once('SIGINT', onSignal)
      process.once('SIGTERM', onSignal)
    })
    try {
      await Promise.race([signal, run.ended])
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
      const { wall, networks, rulesOptions } = settingsOf(this.#flags)
      run.usePolicy(wall, networks, rulesOptions)
      this.log.info('the policy was read again')
    } catch (error) {
      const isOurs = error instanceof ConfigError || error instanceof RulesError
      if (!isOurs && (error as NodeJS.ErrnoException).code === undefined) throw error
      this.log.error(`the policy stays as it was: ${(error as Error).message}`)
    }
  }

  #tell(status: WallStatus | undefined): void {
    if (status === undefined) return
    const { packets, accepted, dropped, hits } = status
    this.log.info({ packets, accepted, dropped, hits }, 'the wall is gone')
  }
}
