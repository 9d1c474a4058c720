/**
 * The page of a wall in a process of its own, which has none of the wall's rights: whoever answers
 * strangers can change nothing of the kernel. The wall waits for it in nothing but its beginning, and
 * stands without it.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Event } from '../../core/event.ts'
import { beginAnew } from '../../linux/privileges.ts'
import type { HostChange, Refused } from '../../services/wall/judgement.ts'
import type { Config } from '../config/config.ts'
import { type Logger, openLog } from '../logging.ts'
import { type RulesMade, rulesTold } from './rules-text.ts'
import { type RulesFlags, settingsOf } from './settings.ts'
import type { WallStatus } from './thread.ts'
import { WallBoard } from './wall-board.ts'
import { WallPage, type WallPageFlags } from './wall-page.ts'

export type PageFlags = RulesFlags & WallPageFlags

type ToPage =
  | {
      readonly type: 'open'
      readonly flags: PageFlags
      readonly config: Config
      readonly made: RulesMade
    }
  | { readonly type: 'events'; readonly events: readonly Event[] }
  | { readonly type: 'host'; readonly change: HostChange }
  | { readonly type: 'refuse'; readonly refused: readonly Refused[] }
  | { readonly type: 'status'; readonly status: WallStatus }
  | { readonly type: 'policy'; readonly config: Config }
  | { readonly type: 'close' }

type FromPage =
  /** It has let go of all rights. */
  | { readonly type: 'ready' }
  | { readonly type: 'opened' }
  | { readonly type: 'failed'; readonly says: string }
  /** Something that was seen was taken in. */
  | { readonly type: 'taken' }

const EVENTS_MAX = 1024
const HAND_OVER_MILLIS = 50
/** Messages on their way; what is seen while so many are is left out, and told. */
const MESSAGES_MAX = 64
/** A page that takes longer to write what was seen is ended. */
const CLOSE_SECONDS = 5
/** Says to the process that it is a page, and once more that it has begun anew. */
const IS_PAGE = 'PEERSCOPE_WALL_PAGE'

/** The page could not be opened, for a reason of the world's. */
class PageError extends Error {
  override readonly name = 'PageError'
  readonly code = 'PAGE'
}

/** The other end of the page. */
export class PageProcess {
  readonly #child: ChildProcess
  readonly #log: Logger
  readonly #ended: Promise<void>
  readonly #timer: NodeJS.Timeout
  #events: Event[] = []
  #onTheWay = 0
  #leftOut = 0
  #isClosing = false

  private constructor(child: ChildProcess, log: Logger) {
    this.#child = child
    this.#log = log
    this.#ended = new Promise((resolve) => child.once('exit', () => resolve()))
    this.#timer = setInterval(() => this.#handOver(), HAND_OVER_MILLIS)
    child.on('message', (message: FromPage) => {
      if (message.type === 'taken') this.#onTheWay--
    })
    child.on('error', (error) => log.error(`the page: ${error.message}`))
    child.once('exit', () => {
      clearInterval(this.#timer)
      if (!this.#isClosing) log.error('the page is gone; the wall stands')
    })
  }

  /** It answers from here on. @throws PageError */
  static async open(
    flags: PageFlags,
    config: Config,
    made: RulesMade,
    log: Logger,
  ): Promise<PageProcess> {
    const child = fork(fileURLToPath(import.meta.url), [], {
      serialization: 'advanced',
      env: { ...process.env, [IS_PAGE]: 'new' },
      // Whoever looks is told on standard error where the page is.
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    const answered = new Promise<void>((resolve, reject) => {
      child.once('error', reject)
      child.once('exit', () => reject(new PageError('the page ended before it was there')))
      child.on('message', (message: FromPage) => {
        if (message.type === 'ready') {
          child.send({ type: 'open', flags, config, made } satisfies ToPage)
        } else if (message.type === 'opened') resolve()
        else if (message.type === 'failed') reject(new PageError(message.says))
      })
    })
    await answered.catch((error: unknown) => {
      child.kill('SIGKILL')
      throw error
    })
    return new PageProcess(child, log)
  }

  consume(event: Event): void {
    if (this.#isBehind()) return
    this.#events.push(event)
    if (this.#events.length >= EVENTS_MAX) this.#handOver()
  }

  #isBehind(): boolean {
    if (this.#onTheWay < MESSAGES_MAX) return false
    this.#leftOut++
    return true
  }

  #handOver(): void {
    if (this.#leftOut > 0 && this.#onTheWay < MESSAGES_MAX) {
      this.#log.warn(`the page was behind: ${this.#leftOut} things that were seen are not in it`)
      this.#leftOut = 0
    }
    if (this.#events.length === 0) return
    const events = this.#events
    this.#events = []
    this.#tell({ type: 'events', events })
  }

  /** What it has to take in. */
  #tell(message: ToPage): void {
    if (this.#isBehind()) return
    this.#onTheWay++
    this.#send(message)
  }

  host(change: HostChange): void {
    this.#tell({ type: 'host', change })
  }

  refuse(refused: readonly Refused[]): void {
    this.#tell({ type: 'refuse', refused })
  }

  status(status: WallStatus): void {
    this.#tell({ type: 'status', status })
  }

  usePolicy(config: Config): void {
    this.#send({ type: 'policy', config })
  }

  /** What was seen is written before it goes. */
  async close(): Promise<void> {
    this.#isClosing = true
    this.#handOver()
    this.#send({ type: 'close' })
    const insist = setTimeout(() => this.#child.kill('SIGKILL'), 1000 * CLOSE_SECONDS)
    await this.#ended
    clearTimeout(insist)
  }

  #send(message: ToPage): void {
    if (this.#child.connected) this.#child.send(message)
  }
}

/** What the process does. */
class Answering {
  #page: WallPage | undefined

  /** In the order in which messages come. */
  async take(message: ToPage): Promise<void> {
    if (message.type === 'open') return this.#open(message)
    const page = this.#page
    if (page === undefined) return
    if (message.type === 'close') return this.close()
    if (message.type === 'policy') return page.usePolicy(message.config)
    if (message.type === 'events') for (const event of message.events) page.consume(event)
    else if (message.type === 'host') page.host(message.change)
    else if (message.type === 'refuse') page.board.refuse(message.refused)
    else page.status(message.status)
    tell({ type: 'taken' })
  }

  async #open({ flags, config, made }: Extract<ToPage, { type: 'open' }>): Promise<void> {
    const log = openLog(config.log)
    const settingsWith = (other: Config) => settingsOf(other, flags)
    const settings = settingsWith(config)
    const board = new WallBoard(rulesTold(made), settings, settingsWith, () => Date.now() * 1000)
    try {
      this.#page = await WallPage.open(flags, settings, board, log)
      tell({ type: 'opened' })
    } catch (error) {
      tell({ type: 'failed', says: (error as Error).message })
    }
  }

  async close(): Promise<void> {
    await this.#page?.close()
    process.exit()
  }
}

/** Where nobody hears any more, `disconnect` says so. */
function tell(message: FromPage): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined)
}

function answer(): void {
  const answering = new Answering()
  let before = Promise.resolve()
  process.on('message', (message: ToPage) => {
    before = before.then(() => answering.take(message))
  })
  // Whoever ends the wall ends the page; the wall says when.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)
  process.on('disconnect', () => {
    before.then(() => answering.close())
  })
  tell({ type: 'ready' })
}

/** The file by which both ends speak, and how: what Node takes out of the environment when it begins. */
const CHANNEL_FD = 3
const CHANNEL = {
  NODE_CHANNEL_FD: String(CHANNEL_FD),
  NODE_CHANNEL_SERIALIZATION_MODE: 'advanced',
}

const asked = process.env[IS_PAGE]
if (asked !== undefined && process.send !== undefined) {
  if (asked === 'new') beginAnew([CHANNEL_FD], { ...CHANNEL, [IS_PAGE]: 'anew' })
  delete process.env[IS_PAGE]
  answer()
}
