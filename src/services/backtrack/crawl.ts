/**
 * A crawl: asks whom it knows whom they know, within its budgets, and never anybody outside of the
 * networks that it was allowed. It lives where any peer lives (`Site`): in a network in memory, or on
 * sockets. What was told about whom is not kept here but read from the packets, see graph.ts.
 */
import type { Endpoint } from '../../core/address.ts'
import type { ChannelKind, CrawlerKind, Interview, Step } from '../../core/crawler.ts'
import type { Carrier } from '../../core/event.ts'
import type { Link, Peer, Site } from '../../core/peer.ts'
import type { Allowed } from './allowed.ts'
import { type Asked, Frontier, type Goal, type Learned, type Task } from './frontier.ts'
import { Heap } from './heap.ts'
import { type Budgets, Manners } from './manners.ts'
import { type Active, Underway } from './underway.ts'

export interface CrawlOptions extends Budgets {
  /** Contents to ask about. */
  readonly goals: readonly Goal[]
  /** Ask every node whom it knows, whatever the content: a map of the overlay. */
  readonly maps: boolean
  /** Words of peers that may lead to somebody who is asked. */
  readonly hopsMax: number
  /** Where datagrams are sent from and answers come to. */
  readonly port: number
  /** Endpoints, or whole addresses, that are asked nothing: they are what is asked about. */
  readonly spared?: readonly { readonly ip: string; readonly port?: number }[]
  /** Ask again, as often as the protocols bear it, until then. */
  readonly untilMicros?: number
}

/** What a crawl goes on from after it was stopped. */
export interface CrawlState {
  readonly self: number
  readonly sent: number
  readonly learned: readonly Learned[]
  readonly asked: readonly (readonly [string, Asked])[]
}

/** What came of one channel's questions. */
export interface ChannelCounts {
  readonly family: string
  readonly channel: string
  readonly kind: ChannelKind
  asked: number
  answered: number
}

const CARRIERS = ['udp', 'tcp'] as const
const SECOND_MICROS = 1_000_000
/** A connection stands by then, or is given up. */
const CONNECTING_MICROS = 10 * SECOND_MICROS
/** Longer than any interview is patient. */
const INTERVIEW_MICROS = 600 * SECOND_MICROS
/** Answers are short; who sends on and on was not asked for that. */
const HEARD_BYTES_MAX = 4_194_304
const NEVER = Number.POSITIVE_INFINITY
const CHANCES = 2 ** 31

export class Crawl implements Peer {
  readonly frontier: Frontier
  readonly channels = new Map<string, ChannelCounts>()
  /** Endpoints that were told and may not be asked. */
  outside = 0
  readonly #kinds: ReadonlyMap<string, CrawlerKind>
  readonly #allowed: Allowed
  readonly #options: CrawlOptions
  readonly #manners: Manners
  readonly #ended: () => void
  readonly #underway = new Underway()
  /** Those whose endpoint or network is to have a rest first. */
  readonly #later = new Heap<{ readonly micros: number; readonly task: Task }>(
    (a, b) => a.micros < b.micros,
  )
  #site!: Site
  #self: number | undefined
  /** When it will be woken. */
  #wakeMicros = NEVER
  #isOver = false

  /** @param ended  is told once nothing is left to be asked */
  constructor(
    kinds: ReadonlyMap<string, CrawlerKind>,
    allowed: Allowed,
    options: CrawlOptions,
    ended: () => void,
    before?: CrawlState,
  ) {
    this.#kinds = kinds
    this.#allowed = allowed
    this.#options = options
    this.#ended = ended
    this.#manners = new Manners(options, before?.sent)
    this.frontier = new Frontier(kinds, options)
    this.#self = before?.self
    if (before === undefined) return
    // It may have been allowed more then.
    const learned = before.learned.filter(({ at }) => allowed.has(at.ip))
    this.outside = before.learned.length - learned.length
    this.frontier.restore(learned, before.asked)
  }

  get state(): CrawlState {
    const { learned, asked } = this.frontier
    const waiting = new Set(this.#underway.all.map(({ task }) => task.key))
    return {
      self: this.#self ?? 0,
      sent: this.#manners.sent,
      learned: [...learned],
      // What is under way will be asked again.
      asked: [...asked].filter(([key]) => !waiting.has(key)),
    }
  }

  get sent(): number {
    return this.#manners.sent
  }

  get inFlight(): number {
    return this.#underway.size
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** Whether it ended because it had sent all that it may. */
  get isSpent(): boolean {
    return this.#manners.isSpent(1)
  }

  start(site: Site): void {
    this.#site = site
    this.#self ??= site.chance(CHANCES)
    site.listen('udp', this.#options.port)
    site.wakeAt(site.nowMicros)
  }

  /** Somebody to ask: from the command line, from a capture, from answers. */
  learn(of: Learned): void {
    // Most are told many times.
    if (this.frontier.has(of)) return
    if (!this.#allowed.has(of.at.ip)) this.outside++
    else if (!this.#isSpared(of.at)) this.frontier.learn(of)
  }

  #isSpared(at: Endpoint): boolean {
    const { spared = [] } = this.#options
    return spared.some(({ ip, port }) => ip === at.ip && (port === undefined || port === at.port))
  }

  /** End now: what is under way is given up, and will be asked by who goes on. */
  stop(): void {
    for (const active of this.#underway.all) {
      this.#over(active, false)
      this.frontier.forget(active.task)
    }
    this.#end()
  }

  #end(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#ended()
  }

  wake(): void {
    if (this.#isOver) return
    this.#wakeMicros = NEVER
    const now = this.#site.nowMicros
    const due = () => this.#underway.due(now)
    for (let active = due(); active !== undefined; active = due()) this.#alarm(active, now)
    for (let first = this.#later.first; first !== undefined && first.micros <= now; ) {
      this.#later.pop()
      this.frontier.put(first.task)
      first = this.#later.first
    }
    this.#goOn()
  }

  #alarm(active: Active, now: number): void {
    if (now >= active.endMicros || !active.isOpen) return this.#over(active, active.heardBytes > 0)
    this.#underway.wakeAt(active, NEVER)
    this.#step(active, active.interview.tick(now))
  }

  /** Put as many questions as may be put now, and wake when there may be more. */
  #goOn(): void {
    if (this.#isOver) return
    const now = this.#site.nowMicros
    let nextMicros = NEVER
    let isReady = false
    for (const carrier of CARRIERS) {
      const paceMicros = this.#askAll(carrier, now)
      if (paceMicros === undefined) continue
      isReady = true
      nextMicros = Math.min(nextMicros, paceMicros)
    }
    const isIdle = !isReady && this.#later.size === 0
    if (this.inFlight === 0 && (isIdle || this.isSpent)) return this.#end()
    nextMicros = Math.min(nextMicros, this.#underway.nextMicros ?? NEVER)
    nextMicros = Math.min(nextMicros, this.#later.first?.micros ?? NEVER)
    if (nextMicros >= this.#wakeMicros) return
    this.#wakeMicros = Math.max(now, nextMicros)
    this.#site.wakeAt(this.#wakeMicros)
  }

  /** @returns when more may be asked; undefined where nobody waits, or only for others to end */
  #askAll(carrier: Carrier, now: number): number | undefined {
    for (;;) {
      if (!this.frontier.isReady(carrier) || this.isSpent) return undefined
      if (!this.#manners.hasRoom(this.#underway.sizeOf(carrier))) return undefined
      const paceMicros = this.#manners.paceMicros(now)
      if (paceMicros > now) return paceMicros
      const task = this.frontier.next(carrier)
      if (task === undefined) return undefined
      const turnMicros = this.#turnMicros(task, now)
      if (turnMicros > now) this.#later.push({ micros: turnMicros, task: { ...task, isDue: true } })
      else this.#ask(task, now)
    }
  }

  #turnMicros(task: Task, now: number): number {
    const { carrier, pauseSeconds } = task.channel
    const isBusy = this.#underway.at(carrier, task.of.at) !== undefined
    if (isBusy) return now + pauseSeconds * SECOND_MICROS
    if (task.isDue === true) return now
    const before = this.frontier.asked.get(task.key)?.micros ?? Number.NEGATIVE_INFINITY
    const reaskMicros = before + task.channel.reaskSeconds * SECOND_MICROS
    return Math.max(this.#manners.turnMicros(task, now), reaskMicros)
  }

  #ask(task: Task, now: number): void {
    const { carrier } = task.channel
    this.frontier.begun(task, now)
    this.#countsOf(task).asked++
    const isUdp = carrier === 'udp'
    const active: Active = {
      task,
      carrier,
      interview: this.#interview(task),
      link: undefined,
      isOpen: isUdp,
      heardBytes: 0,
      wakeMicros: isUdp ? NEVER : now + CONNECTING_MICROS,
      endMicros: now + INTERVIEW_MICROS,
      isOver: false,
    }
    this.#underway.add(active)
    if (isUdp) this.#step(active, active.interview.opened(now))
    else this.#connect(active)
  }

  #interview({ family, channel, of, goal }: Task): Interview {
    const { at, id, extra } = of
    return this.#kinds.get(family)!.inquire({
      channel: channel.name,
      whom: at,
      ...(goal !== undefined && goal),
      ...(id !== undefined && { id }),
      ...(extra !== undefined && { extra }),
      self: this.#self!,
      pair: this.#site.chance(CHANCES),
    })
  }

  #countsOf({ family, channel }: Task): ChannelCounts {
    const name = `${family} ${channel.name}`
    let counts = this.channels.get(name)
    if (counts === undefined) {
      counts = { family, channel: channel.name, kind: channel.kind, asked: 0, answered: 0 }
      this.channels.set(name, counts)
    }
    return counts
  }

  #connect(active: Active): void {
    this.#manners.spend(1)
    active.isOpen = false
    active.link = this.#site.connect(active.task.of.at)
    active.link.state = active
  }

  opened(link: Link): void {
    const active = link.state as Active
    if (active.isOver || active.link !== link) return
    active.isOpen = true
    this.#underway.wakeAt(active, NEVER)
    this.#step(active, active.interview.opened(this.#site.nowMicros))
    this.#goOn()
  }

  data(link: Link, bytes: Uint8Array): number {
    const active = link.state as Active
    const { interview } = active
    if (active.isOver || active.link !== link || interview.data === undefined) return bytes.length
    const step = interview.data(bytes, this.#site.nowMicros)
    active.heardBytes += step.used
    this.#step(active, step)
    if (active.heardBytes > HEARD_BYTES_MAX && !active.isOver) this.#over(active, true)
    this.#goOn()
    return step.used
  }

  /** Nobody there, or he hung up: what he told before counts. */
  closed(link: Link, _why: 'closed' | 'refused'): void {
    const active = link.state as Active
    if (active.isOver || active.link !== link) return
    this.#over(active, active.heardBytes > 0)
    this.#goOn()
  }

  datagram(_atPort: number, from: Endpoint, bytes: Uint8Array): void {
    const active = this.#underway.at('udp', from)
    if (active?.interview.datagram === undefined) return
    this.#step(active, active.interview.datagram(bytes, this.#site.nowMicros))
    this.#goOn()
  }

  #step(active: Active, step: Step): void {
    for (const bytes of step.send) this.#send(active, bytes)
    const { family, channel, of } = active.task
    const hops = of.hops + (channel.kind === 'exchange' ? 1 : 0)
    for (const told of step.told) this.learn({ ...told, family, hops })
    if (step.done !== undefined) return this.#over(active, step.done === 'answered')
    if (step.redial === true) this.#redial(active)
    else if (step.wakeMicros !== undefined) this.#underway.wakeAt(active, step.wakeMicros)
  }

  #send(active: Active, bytes: Uint8Array): void {
    this.#manners.spend(1)
    if (active.link !== undefined) active.link.send(bytes)
    else this.#site.sendTo(this.#options.port, active.task.of.at, bytes)
  }

  #redial(active: Active): void {
    active.link?.close()
    this.#underway.wakeAt(active, this.#site.nowMicros + CONNECTING_MICROS)
    this.#connect(active)
  }

  #over(active: Active, isAnswered: boolean): void {
    const { task, link } = active
    this.#underway.remove(active)
    link?.close()
    if (isAnswered) {
      this.#countsOf(task).answered++
      this.frontier.answered(task)
    }
    const { untilMicros } = this.#options
    const micros = this.#site.nowMicros + task.channel.reaskSeconds * SECOND_MICROS
    if (untilMicros === undefined || micros > untilMicros) return
    const { isDue, ...again } = task
    this.#later.push({ micros, task: { ...again, isAgain: true } })
  }

  order(): void {
    // Nobody sits at its keyboard.
  }
}
