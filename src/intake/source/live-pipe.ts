/**
 * Another program captures and writes into a pipe, which is read like a file: the way that works
 * where the kernel is not Linux, or where only that program may capture.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { CaptureFile } from './capture-file.ts'
import { CaptureError, type SourceDamage } from './cursor.ts'
import { FilterError } from './filter.ts'
import { type LiveCounts, type LiveCursor, type LiveOptions, PATIENCE_MILLIS } from './live.ts'

/**
 * Which programs, in this order, and how each is asked. tcpdump takes less, and says how much was
 * dropped while it runs; dumpcap is often allowed to capture where tcpdump is not.
 */
// biome-ignore format: options with their values
const PROGRAMS: readonly (readonly [name: string, args: (options: LiveOptions) => string[]])[] = [
  ['tcpdump', ({ interface: name, filter, snaplen, promiscuous, bufferBytes }) => [
    '-n', '-U', '-i', name, '-w', '-', '-s', String(snaplen), '-B', String(Math.ceil(bufferBytes / KIBIBYTE)),
    ...(promiscuous ? [] : ['-p']), ...(filter === undefined ? [] : ['--', filter]),
  ]],
  ['dumpcap', ({ interface: name, filter, snaplen, promiscuous, bufferBytes }) => [
    '-q', '-i', name, '-w', '-', '-s', String(snaplen), '-B', String(Math.ceil(bufferBytes / MEBIBYTE)),
    ...(promiscuous ? [] : ['-p']), ...(filter === undefined ? [] : ['-f', filter]),
  ]],
]
const KIBIBYTE = 1024
const MEBIBYTE = 1024 * 1024

/** Packets wait in the kernel for others until it wakes tcpdump: one second. */
const LINGER_MILLIS = 1200
/** A program that is behind is asked again whether it has come so far, and not for ever. */
const BEHIND_MILLIS = 200
const BEHIND_TRIES = 25
/** How long a program may take to end once all it had was read. */
const LAST_WORDS_MILLIS = 2000
/** Of what a program says, the end is kept. */
const SAID_CHARS_MAX = 4096

/** What the programs say of packets: `1 packets dropped by kernel`, `received/dropped … 5/1`. */
const TCPDUMP_RECEIVED = /(\d+) packets? received by filter/g
const TCPDUMP_DROPPED = /(\d+) packets? dropped by kernel/g
const TCPDUMP_TALLY =
  /(\d+) packets? captured, (\d+) packets? received by filter, (\d+) packets? dropped/g
const DUMPCAP_COUNTS = /Packets received\/dropped on interface .*: (\d+)\/(\d+)/g

/** What the programs say that is no reason for anything. */
const IN_PASSING = /listening on|^Capturing on|^File:|\d packets? |Packets rec/

export class PipeCursor implements LiveCursor {
  readonly capture: string
  readonly #file: CaptureFile
  readonly #program: Writer
  readonly #damage: SourceDamage[] = []
  #isFilling = false
  #wake: (() => void) | undefined
  #isEndTold = false

  private constructor(capture: string, file: CaptureFile, program: Writer) {
    this.capture = capture
    this.#file = file
    this.#program = program
  }

  /** @throws CaptureError, FilterError  with what the programs say */
  static async open(options: LiveOptions): Promise<PipeCursor> {
    const refusals: string[] = []
    for (const [name, args] of PROGRAMS) {
      const program = new Writer(name, args(options))
      try {
        const file = await CaptureFile.overStream(options.interface, program.stdout)
        return new PipeCursor(options.interface, file, program)
      } catch {
        await program.kill()
        refusals.push(`${name}: ${program.lastWords}`)
      }
    }
    const text = refusals.join('; ')
    if (options.filter !== undefined && /filter|syntax/i.test(text)) throw new FilterError(text)
    throw new CaptureError(options.interface, text)
  }

  next(): 'packet' | 'wait' | 'end' {
    const step = this.#file.next()
    if (step === 'end') this.#tellEnd()
    return step
  }

  /** A program that ends unasked says why. */
  #tellEnd(): void {
    if (this.#isEndTold) return
    this.#isEndTold = true
    if (this.#program.isAsked) return
    const cause = `${this.#program.name} ended: ${this.#program.lastWords}`
    this.#damage.push({ capture: this.capture, offset: this.bytesRead, cause })
  }

  fill(): Promise<void> {
    if (!this.#isFilling) {
      this.#isFilling = true
      void this.#file.fill().then(() => {
        this.#isFilling = false
        this.#wake?.()
      })
    }
    return new Promise((resolve) => {
      const late = setTimeout(resolve, PATIENCE_MILLIS)
      this.#wake = () => {
        clearTimeout(late)
        resolve()
      }
    })
  }

  /** What came until now reaches the program within a second, and would be lost before. */
  stop(): void {
    if (this.#program.isAsked) return
    this.#program.isAsked = true
    setTimeout(() => void this.#interrupt(), LINGER_MILLIS)
  }

  /** Once it has written what had come by then: it forgets what waits for it in the kernel. */
  async #interrupt(): Promise<void> {
    let due: number | undefined
    for (let left = BEHIND_TRIES; left > 0 && this.#program.tells; left--) {
      const tally = await this.#program.tally()
      due ??= tally?.due
      if (tally !== undefined && tally.written >= due!) break
      await sleep(BEHIND_MILLIS)
    }
    this.#program.interrupt()
  }

  counts(): LiveCounts {
    return { ...this.#program.counts(), ringUse: undefined }
  }

  async close(): Promise<void> {
    // What it says last are its counts.
    if (this.#program.isAsked) await this.#program.end()
    await this.#file.close()
    await this.#program.kill()
  }

  get bytes(): Uint8Array {
    return this.#file.bytes
  }
  get at(): number {
    return this.#file.at
  }
  get size(): number {
    return this.#file.size
  }
  get wireSize(): number {
    return this.#file.wireSize
  }
  get micros(): number {
    return this.#file.micros
  }
  get linkType(): number {
    return this.#file.linkType
  }
  get interfaceId(): number {
    return this.#file.interfaceId
  }
  get frame(): number {
    return this.#file.frame
  }
  get damage(): readonly SourceDamage[] {
    return [...this.#file.damage, ...this.#damage]
  }
  get bytesRead(): number {
    return this.#file.bytesRead
  }
  get bytesTotal(): undefined {
    return undefined
  }
}

/** The program at the other end. */
class Writer {
  readonly name: string
  isAsked = false
  readonly #child: ChildProcess
  readonly #ended: Promise<unknown>
  #said = ''

  constructor(name: string, args: readonly string[]) {
    this.name = name
    // In a group of its own: what a terminal tells us, we tell it.
    this.#child = spawn(name, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    this.#ended = once(this.#child, 'close').catch((error: Error) => {
      this.#said += `\n${error.message.includes('ENOENT') ? 'is not installed' : error.message}`
    })
    // A signal that is not allowed changes nothing: it ends when nobody reads.
    this.#child.on('error', () => undefined)
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.#said = (this.#said + text).slice(-SAID_CHARS_MAX)
    })
  }

  get stdout() {
    return this.#child.stdout!
  }

  /** The line that says why it ended, without the program's name in front; hints come after it. */
  get lastWords(): string {
    const lines = this.#said.split('\n').map((line) => line.trim())
    const words = lines.filter((line) => line !== '' && !IN_PASSING.test(line))
    const own = words.find((line) => line.startsWith(`${this.name}: `))
    return (own ?? words.at(-1) ?? 'said nothing').replace(/^\w+: /, '')
  }

  /** How many packets it says there were, as far as it says so while it runs. */
  counts(): { received: number; dropped: number | undefined } {
    const both = [...this.#said.matchAll(DUMPCAP_COUNTS)].at(-1)
    const [received, dropped] =
      both === undefined
        ? [lastOf(this.#said, TCPDUMP_RECEIVED), lastOf(this.#said, TCPDUMP_DROPPED)]
        : // What dumpcap received is what it wrote.
          [Number(both[1]) + Number(both[2]), Number(both[2])]
    this.#ask()
    return { received: received ?? 0, dropped }
  }

  /** Whether it runs and says its counts when it is asked; elsewhere the signal would end it. */
  get tells(): boolean {
    const tells = this.name === 'tcpdump' && process.platform === 'linux'
    return tells && this.#child.exitCode === null
  }

  #ask(): void {
    if (this.tells) this.#child.kill('SIGUSR1')
  }

  /** How many packets it has written of those that came; undefined where it does not answer. */
  async tally(): Promise<{ readonly written: number; readonly due: number } | undefined> {
    this.#ask()
    const signal = AbortSignal.timeout(BEHIND_MILLIS)
    const answer = await once(this.#child.stderr!, 'data', { signal }).catch(() => undefined)
    const counts = [...this.#said.matchAll(TCPDUMP_TALLY)].at(-1)
    if (answer === undefined || counts === undefined) return undefined
    const [written, received, dropped] = counts.slice(1).map(Number)
    return { written: written!, due: received! - dropped! }
  }

  interrupt(): void {
    if (this.#child.exitCode === null) this.#child.kill('SIGINT')
  }

  /** It was asked to end; not for ever is it waited for. */
  async end(): Promise<void> {
    const late = setTimeout(() => this.#child.kill('SIGKILL'), LAST_WORDS_MILLIS)
    await this.#ended
    clearTimeout(late)
  }

  /** It ends, whatever it does. */
  async kill(): Promise<void> {
    this.isAsked = true
    if (this.#child.exitCode === null) this.#child.kill('SIGKILL')
    await this.#ended
  }
}

function lastOf(text: string, pattern: RegExp): number | undefined {
  const last = [...text.matchAll(pattern)].at(-1)
  return last === undefined ? undefined : Number(last[1])
}
