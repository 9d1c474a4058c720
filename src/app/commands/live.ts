/** `peerscope live -i eth0`: what passes on an interface, as it passes. */
import type { Event } from '../../core/event.ts'
import { bytesText, countText } from '../../core/figures.ts'
import { shown } from '../../core/text.ts'
import { Names } from '../../services/diagnose/misdirection.ts'
import type { CaptureWay, FormatName, Messages } from '../choices.ts'
import { EXIT, type ExitCode, UsageError } from '../exit-codes.ts'
import { readDark } from '../incidents/dark.ts'
import { Investigation } from '../incidents/investigation.ts'
import { LiveRun, type LiveStatus } from '../live/live.ts'
import { warn } from '../notes.ts'
import type { Totals } from '../pipeline.ts'
import { stopSignal } from '../stop-signal.ts'
import { type Format, Judge } from './formats.ts'
import { openFormat } from './read.ts'

/** The command line, as commander hands it over. */
export interface LiveFlags {
  readonly interface?: readonly string[]
  readonly filter?: string
  readonly capture: CaptureWay
  readonly workers: number
  readonly snaplen?: number
  readonly ring?: number
  readonly promiscuous: boolean
  readonly user?: string
  readonly format?: FormatName
  readonly json?: boolean
  readonly write?: string
  readonly messages: Messages
  /** Networks, or `unanswered`. */
  readonly dark?: readonly string[]
  /** Seconds between two statements of how it goes; 0: never. */
  readonly stats: number
  readonly duration?: number
  readonly autostop?: number
  readonly count?: number
  readonly lineBuffered?: boolean
  readonly quiet?: boolean
  readonly verbose: number
  readonly color: boolean
}

/** Hosts of which something was seen are judged anew so often. */
const VERDICT_MS = 2000
/** Lines wait no longer than this for others. */
const FLUSH_MS = 500

export async function liveCommand(
  operands: readonly string[],
  flags: LiveFlags,
): Promise<ExitCode> {
  const interfaces = [...(flags.interface ?? []), ...operands]
  if (interfaces.length === 0) throw new UsageError('no interface given: peerscope live -i NAME')
  if (new Set(interfaces).size < interfaces.length) {
    throw new UsageError('an interface is given twice')
  }
  if (flags.json && flags.format !== undefined && flags.format !== 'ndjson') {
    throw new UsageError(`--json is --format ndjson and cannot be --format ${flags.format}`)
  }
  const watch = new Watch(flags, interfaces)
  const stopped = stopSignal()
  const run = await LiveRun.open(
    {
      interfaces,
      isProgram: true,
      capture: flags.capture,
      workers: flags.workers,
      promiscuous: flags.promiscuous,
      flows: watch.formatName === 'text' ? 'p2p' : true,
      everyMessage: flags.messages === 'all',
      ...(flags.filter !== undefined && { filter: flags.filter }),
      ...(flags.snaplen !== undefined && { snaplen: flags.snaplen }),
      ...(flags.ring !== undefined && { ringMebibytes: flags.ring }),
      ...(flags.user !== undefined && { user: flags.user }),
      ...(flags.count !== undefined && { packetsMax: flags.count }),
      ...(flags.dark !== undefined && { onName: (named) => watch.names.add(named) }),
      onNotice: (text) => watch.warn(text),
      onStatus: (status) => watch.status(status),
    },
    (event) => watch.consume(event),
  )
  const totals = await watch.until(run, stopped)
  watch.finish(totals, run.status())
  for (const { capture, cause } of totals.damage) watch.warn(`${shown(capture)}: ${shown(cause)}`)
  watch.tell(totals, run.status())
  return totals.damage.length > 0 ? EXIT.damaged : EXIT.ok
}

/** Events go to a format and to the judge of hosts; how it goes, to standard error. */
class Watch {
  readonly formatName: FormatName
  /** What addresses are called, by DNS. */
  readonly names = Names.youngest()
  readonly #flags: LiveFlags
  readonly #interfaces: readonly string[]
  readonly #judge = new Judge()
  readonly #investigation: Investigation | undefined
  readonly #line: StatusLine | undefined
  #opened: Format | undefined
  #run: LiveRun | undefined
  #seconds = 0
  #ringUse = 0
  #failed: (error: unknown) => void = () => undefined

  constructor(flags: LiveFlags, interfaces: readonly string[]) {
    this.#flags = flags
    this.#interfaces = interfaces
    this.formatName = flags.json ? 'ndjson' : (flags.format ?? 'text')
    const dark = readDark(flags.dark)
    const { names } = this
    this.#investigation = dark && new Investigation(dark, (found) => this.#write(found), { names })
    const streams = this.formatName !== 'text' && flags.write === undefined
    const isSeen = process.stderr.isTTY === true && process.env.TERM !== 'dumb'
    // Lines that run past on the same terminal would tear it apart.
    if (isSeen && !flags.quiet && !(streams && process.stdout.isTTY)) this.#line = new StatusLine()
  }

  /** Opened only once there is something to watch: a mistake leaves the file of `-w` as it was. */
  get #format(): Format {
    this.#opened ??= openFormat(this.formatName, this.#flags, true, this.#interfaces)
    return this.#opened
  }

  consume(event: Event): void {
    this.#write(event)
    this.#investigation?.consume(event)
  }

  #write(event: Event): void {
    if (event.type === 'message') {
      if (this.#flags.messages !== 'none') this.#format.consume(event)
      return
    }
    this.#judge.consume(event)
    this.#format.consume(event)
  }

  /** Until the capture ends, by itself or by a signal. */
  async until(run: LiveRun, stopped: Promise<void>): Promise<Totals> {
    this.#run = run
    const format = this.#format
    const stop = () => void run.stop()
    void stopped.then(stop)
    const isFile = this.#flags.write !== undefined && this.#flags.write !== '-'
    // Without a file it is a terminal that was closed.
    process.on('SIGHUP', () => (isFile ? this.#try(() => format.reopen?.()) : stop()))
    const timers = [
      setInterval(() => this.#try(() => this.#judged()), VERDICT_MS),
      setInterval(() => this.#try(() => format.flush?.()), FLUSH_MS),
    ]
    const seconds = this.#flags.duration ?? this.#flags.autostop
    if (seconds !== undefined) timers.push(setTimeout(stop, 1000 * seconds))
    const failure = new Promise<never>((_, reject) => {
      this.#failed = reject
    })
    try {
      return await Promise.race([run.ended, failure])
    } finally {
      for (const timer of timers) clearInterval(timer)
    }
  }

  /** What fails between packets ends the watch as what fails at one. */
  #try(action: () => void): void {
    try {
      action()
    } catch (error) {
      this.#failed(error)
    }
  }

  #judged(): void {
    for (const verdict of this.#judge.changed()) this.#format.consume(verdict)
    this.#investigation?.test(performance.now(), true)
  }

  status(status: LiveStatus): void {
    this.#ringUse = Math.max(this.#ringUse, status.ringUse)
    const { stats } = this.#flags
    if (stats > 0 && ++this.#seconds % stats === 0) {
      const said = { ...status, ringUse: this.#ringUse }
      this.#ringUse = 0
      this.#try(() => this.#format.status?.(this.#run!.totals(), said))
    }
    this.#line?.show(statusText(status, this.#judge.hostCount))
  }

  finish(totals: Totals, live: LiveStatus): void {
    this.#line?.wipe()
    this.#investigation?.finish()
    const format = this.#format
    format.finish({ ...this.#judge.conclude(totals, format.verdictsMax), live })
  }

  /** Drops are never passed over in silence. */
  tell(totals: Totals, { received, dropped }: LiveStatus): void {
    const counts = `${countText(totals.packets)} packets, ${bytesText(totals.bytes)}`
    const lost = `${countText(dropped)} of ${countText(received)} dropped by the kernel`
    if (dropped > 0) this.warn(`${counts}; ${lost}: what they carried is missing`)
    else if (!this.#flags.quiet) this.warn(`${counts}; none dropped by the kernel`)
  }

  warn(text: string): void {
    this.#line?.wipe()
    warn(text)
  }
}

/** One line on a terminal that is written over. */
class StatusLine {
  #isShown = false

  show(text: string): void {
    this.#isShown = true
    process.stderr.write(`\r\u001b[K${text}`)
  }

  wipe(): void {
    if (this.#isShown) process.stderr.write('\r\u001b[K')
    this.#isShown = false
  }
}

const PERCENT = 100
const BITS = 8

export function statusText(status: LiveStatus, hosts: number): string {
  const { packetsPerSecond, bytesPerSecond, flows, dropped, ringUse, lagMillis } = status
  const megabits = ((BITS * bytesPerSecond) / 1e6).toFixed(1)
  const ring = status.capture === 'ring' ? `, ring ${Math.ceil(PERCENT * ringUse)} %` : ''
  return (
    `${countText(Math.round(packetsPerSecond))} packets/s, ${megabits} Mbit/s, ` +
    `${countText(flows)} flows, ${countText(hosts)} P2P hosts, ` +
    `${countText(dropped)} dropped${ring}, ${countText(lagMillis)} ms behind`
  )
}
