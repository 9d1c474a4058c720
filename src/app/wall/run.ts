/**
 * The wall as a whole: the thread that decides, the kernel's rules that send packets to it, and what is
 * to be told. Rules come last and go first, so that no packet waits for somebody who is not there.
 *
 * ```ts
 * const run = await WallRun.open({ config, networks, rules, … })
 * run.usePolicy(config, networks)
 * await run.stop()
 * ```
 */
import type { Event } from '../../core/event.ts'
import { interfaceNamed, interfaceNames } from '../../linux/interfaces.ts'
import { NoInterface } from '../../linux/packet-socket.ts'
import type { HostChange, Refused } from '../../services/wall/judgement.ts'
import type { NamedNetwork } from '../../services/wall/networks.ts'
import type { RulesOptions } from '../../services/wall/rules.ts'
import type { WallConfig } from '../../services/wall/schema.ts'
import type { KernelRules } from './kernel-rules.ts'
import { type WallStatus, WallThread } from './thread.ts'

export interface WallRunOptions {
  readonly config: WallConfig
  readonly networks: readonly NamedNetwork[]
  /** Interfaces behind which our hosts are. */
  readonly inside: readonly string[]
  readonly everyEvent: boolean
  readonly updateSeconds?: number
  readonly rules: KernelRules
  readonly rulesOptions: RulesOptions
  readonly consume: (event: Event) => void
  readonly onHost?: (change: HostChange) => void
  readonly onRefuse?: (refused: readonly Refused[]) => void
  readonly onStatus?: (status: WallStatus) => void
  readonly onNotice: (text: string) => void
}

/** Rules that somebody removed are missed so long. */
const LOOK_MILLIS = 2000

/** The kernel does not let this process decide about packets. */
class NotAllowed extends Error {
  override readonly name = 'NotAllowed'

  constructor(cause: Error) {
    const needs = 'a wall needs root, or the capabilities CAP_NET_ADMIN and CAP_NET_RAW'
    super(`${cause.message}: ${needs}`, { cause })
  }
}

export class WallRun {
  /** Fulfilled when it was stopped; rejected when the thread failed. */
  readonly ended: Promise<void>
  readonly #options: WallRunOptions
  readonly #thread: WallThread
  #config: WallConfig
  #rulesOptions: RulesOptions
  #status: WallStatus | undefined
  #timer: NodeJS.Timeout | undefined
  #hasRules = false

  private constructor(options: WallRunOptions) {
    this.#options = options
    this.#config = options.config
    this.#rulesOptions = options.rulesOptions
    const { config, networks, inside, everyEvent, updateSeconds } = options
    const insideInterfaces = inside.map(indexOf)
    this.#thread = new WallThread(
      {
        ...{ config, networks, insideInterfaces, everyEvent },
        ...(updateSeconds !== undefined && { updateSeconds }),
      },
      {
        consume: options.consume,
        host: (change) => options.onHost?.(change),
        refuse: (refused) => {
          options.rules.refuse(refused)
          options.onRefuse?.(refused)
        },
        freed: () => options.rules.refuseNone(),
        status: (status) => {
          this.#status = status
          options.onStatus?.(status)
        },
        notice: options.onNotice,
      },
    )
    this.ended = this.#thread.ended.catch((error: unknown) => {
      this.#letGo()
      throw error
    })
    // Whoever asks is told; nobody may ask until it is stopped.
    this.ended.catch(() => undefined)
  }

  /** @throws NotAllowed, NoInterface, QueueTaken, KernelError, RulesError */
  static async open(options: WallRunOptions): Promise<WallRun> {
    const run = new WallRun(options)
    await run.#thread.ready.catch((error: Error) => {
      throw /\b(?:EPERM|EACCES)$/.test(error.message) ? new NotAllowed(error) : error
    })
    try {
      options.rules.install(options.rulesOptions)
      run.#hasRules = true
    } catch (error) {
      await run.#thread.stop()
      throw error
    }
    run.#timer = setInterval(() => run.#look(), LOOK_MILLIS)
    return run
  }

  /** As of the last second. */
  get status(): WallStatus | undefined {
    return this.#status
  }

  /** From now on; what was decided is decided again. */
  usePolicy(
    config: WallConfig,
    networks: readonly NamedNetwork[],
    rulesOptions: RulesOptions,
  ): void {
    this.#options.rules.install(rulesOptions)
    this.#config = config
    this.#rulesOptions = rulesOptions
    this.#thread.usePolicy(config, networks)
  }

  /** What waits is decided, then everything passes as before there was a wall. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    this.#options.rules.remove()
    await this.#thread.stop()
  }

  #look(): void {
    const { rules, onNotice } = this.#options
    if (rules.areThere()) return
    try {
      rules.install(this.#rulesOptions)
      onNotice('somebody removed rules of the wall; they are there again')
    } catch (error) {
      onNotice(`somebody removed rules of the wall, and now: ${(error as Error).message}`)
    }
  }

  /** Nobody decides any more: what then passes is what the configuration says. */
  #letGo(): void {
    clearInterval(this.#timer)
    if (this.#hasRules && this.#config.queue.fail === 'open') this.#options.rules.remove()
  }
}

function indexOf(name: string): number {
  const found = interfaceNamed(name)
  if (found === undefined) throw new NoInterface(name, interfaceNames())
  return found.index
}
