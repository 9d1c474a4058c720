/**
 * A honeynet on this machine: a TUN device to which the prefix is routed, in the network namespace that
 * the process is in and nowhere else; the route goes with the device.
 */
import { randomBytes } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { u32le } from '../../core/bytes.ts'
import type { Event } from '../../core/event.ts'
import { KernelError, KernelUnreachable } from '../../linux/libc.ts'
import { dropCapabilities } from '../../linux/privileges.ts'
import { Tun } from '../../linux/tun.ts'
import { protocols } from '../../protocols/index.ts'
import type { Wish } from '../../services/honeynet/connection.ts'
import { Honeynet, type HoneynetCounts } from '../../services/honeynet/honeynet.ts'
import { Run, type Totals } from '../pipeline.ts'
import { run as runProgram } from '../wall/programs.ts'
import type { DarkPrefix } from './prefix.ts'
import { Recording } from './recording.ts'
import { TunCursor } from './tun-cursor.ts'
import type { Wishes } from './wishes.ts'

export interface HoneynetRunOptions {
  readonly prefix: DarkPrefix
  /** Name of the device. */
  readonly tun: string
  /** File for all packets. */
  readonly write?: string
  /** Answers a second to one /24. */
  readonly answersMax?: number
  readonly wishes: Wishes
}

/** The honeynet cannot be set up. */
class HoneynetError extends Error {
  override readonly name = 'HoneynetError'
}

/** Packets that wait for us; the kernel's usual 500 are too few for a burst. */
const QUEUE_PACKETS = 10_000
/** Packets of one step: then others have their turn. */
const STEP_PACKETS = 4096
/** Packets reach us so late at most. */
const LATE_MICROS = 1_000_000
const UPDATE_SECONDS = 2

export class HoneynetRun {
  readonly #cursor: TunCursor
  readonly #run: Run
  readonly #recording: Recording | undefined
  #honeynet!: Honeynet

  /** @throws HoneynetError, RulesError */
  constructor(options: HoneynetRunOptions, consume: (event: Event) => void) {
    const { prefix, write, answersMax, wishes } = options
    const tun = openTun(options)
    const about = `peerscope honeynet --dark ${prefix.text}`
    const recording = write === undefined ? undefined : new Recording(write, tun.name, about)
    this.#recording = recording
    this.#cursor = new TunCursor(
      tun,
      (send) => {
        const key = randomBytes(8)
        const words = [u32le(key, 0), u32le(key, 4)] as const
        const { network, bits } = prefix
        const rate = answersMax === undefined ? {} : { answersMax }
        const contents = () => wishes.contents
        const onWish = (wish: Wish) => wishes.wish(wish)
        const known = { network, bits, key: words, contents, onWish }
        this.#honeynet = new Honeynet(protocols, { ...known, ...rate }, send)
        return this.#honeynet
      },
      clockMicros,
      (packet) => recording?.add(packet),
    )
    dropCapabilities()
    this.#run = Run.over(
      this.#cursor,
      {
        flows: true,
        updateSeconds: UPDATE_SECONDS,
        stepPackets: STEP_PACKETS,
        onStanding: (flow, packet) => wishes.read(flow, packet),
      },
      consume,
    )
  }

  get counts(): Readonly<HoneynetCounts> {
    return this.#honeynet.counts
  }

  get totals(): Totals {
    return this.#run.totals()
  }

  /** Packets that were answered and not read, because more came. */
  get unread(): number {
    return this.#cursor.unread
  }

  /** Until it is stopped. */
  async run(): Promise<Totals> {
    for (let step = this.#run.take(); step !== 'end'; step = this.#run.take()) {
      if (step === 'wait') {
        this.#recording?.flush()
        await this.#cursor.fill()
        this.#run.tick(clockMicros() - LATE_MICROS)
      } else await nextTurn()
    }
    this.#recording?.close()
    return this.#run.finish()
  }

  stop(): void {
    this.#cursor.stop()
  }
}

function clockMicros(): number {
  return Math.floor(1000 * (performance.timeOrigin + performance.now()))
}

function openTun({ tun: name, prefix }: HoneynetRunOptions): Tun {
  let tun: Tun
  try {
    tun = new Tun(name)
  } catch (error) {
    throw new HoneynetError(`no device ${name}: ${reasonOf(error)}`, { cause: error })
  }
  try {
    const link = ['link', 'set', 'dev', name]
    runProgram('ip', [...link, 'txqueuelen', String(QUEUE_PACKETS), 'up'])
    runProgram('ip', ['route', 'add', prefix.text, 'dev', name])
  } catch (error) {
    tun.close()
    throw error
  }
  return tun
}

function reasonOf(error: unknown): string {
  if (error instanceof KernelUnreachable || error instanceof RangeError) return error.message
  if (!(error instanceof KernelError)) throw error
  if (error.code === 'EBUSY') return 'another program has it; choose another name with --tun'
  if (error.code === 'EPERM' || error.code === 'EACCES') {
    return 'making one needs the capability CAP_NET_ADMIN: run as root'
  }
  if (error.code === 'ENOENT') return 'this kernel has no /dev/net/tun'
  return error.message
}
