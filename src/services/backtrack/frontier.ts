/**
 * What is still to be asked, and of whom: breadth first, the old before the new; where ids have a
 * distance, the near before the far, until the nearest that are alive have answered.
 */
import { endpointText } from '../../core/address.ts'
import type { Channel, CrawlerKind, Told } from '../../core/crawler.ts'
import type { Carrier } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import { Heap } from './heap.ts'

/** What is asked about. */
export interface Goal {
  readonly content: string
  /** Bytes, where they are known. */
  readonly size?: number
}

/** Somebody of whom the crawl heard. */
export interface Learned extends Told {
  readonly family: string
  /** Words of peers that led there; of servers and nodes none is counted. */
  readonly hops: number
}

/** One question to one endpoint. */
export interface Task {
  readonly family: string
  readonly channel: Channel
  readonly of: Learned
  readonly goal: Goal | undefined
  /** Names it among all. */
  readonly key: string
  /** From the content; below 0 where the id is not known. */
  readonly distance: number
  /** In the order in which they came up. */
  readonly number: number
  /** It was asked before, and is to be asked again. */
  readonly isAgain?: true
  /** It waited for a turn of its own, and this has come. */
  readonly isDue?: true
}

/** When something was asked last, and whether it was answered. */
export interface Asked {
  readonly micros: number
  readonly isAnswered: boolean
}

/** Questions of one channel about one content. */
class Queue {
  readonly carrier: Carrier
  readonly #width: number
  readonly #tasks: Heap<Task>
  /** Distances of those that answered, the least first, as many as must be. */
  readonly #answered: number[] = []

  constructor(channel: Channel, hasContent: boolean) {
    this.carrier = channel.carrier
    const near = hasContent ? channel.near : undefined
    this.#width = near?.width ?? Number.POSITIVE_INFINITY
    this.#tasks = new Heap((a, b) => {
      return near === undefined || a.distance === b.distance
        ? a.number < b.number
        : a.distance < b.distance
    })
  }

  push(task: Task): void {
    this.#tasks.push(task)
  }

  get isReady(): boolean {
    const first = this.#tasks.first
    if (first === undefined) return false
    return this.#answered.length < this.#width || first.distance <= this.#answered.at(-1)!
  }

  pop(): Task | undefined {
    return this.isReady ? this.#tasks.pop() : undefined
  }

  answered({ distance }: Task): void {
    if (this.#width === Number.POSITIVE_INFINITY || distance < 0) return
    const behind = this.#answered.findIndex((each) => each > distance)
    this.#answered.splice(behind < 0 ? this.#answered.length : behind, 0, distance)
    if (this.#answered.length > this.#width) this.#answered.pop()
  }
}

export class Frontier {
  readonly #kinds: ReadonlyMap<string, CrawlerKind>
  readonly #goals: readonly Goal[]
  readonly #maps: boolean
  readonly #hopsMax: number
  readonly #queues = new Map<string, Queue>()
  readonly #learned = new Map<string, Learned>()
  readonly #asked = new Map<string, Asked>()
  #tasks = 0
  /** Endpoints that were not taken in: there were too many. */
  notKept = 0

  /** @param maps  ask also whom everybody knows, whatever the content */
  constructor(
    kinds: ReadonlyMap<string, CrawlerKind>,
    { goals, maps, hopsMax }: { goals: readonly Goal[]; maps: boolean; hopsMax: number },
  ) {
    this.#kinds = kinds
    this.#goals = goals
    this.#maps = maps
    this.#hopsMax = hopsMax
  }

  /** All that were heard of, in that order. */
  get learned(): Iterable<Learned> {
    return this.#learned.values()
  }

  get size(): number {
    return this.#learned.size
  }

  get asked(): ReadonlyMap<string, Asked> {
    return this.#asked
  }

  has(of: Learned): boolean {
    return this.#learned.has(nameOf(of))
  }

  learn(of: Learned): void {
    const { family, part } = of
    if (of.at.port === 0 || of.hops > this.#hopsMax) return
    const key = nameOf(of)
    if (this.#learned.has(key)) return
    if (this.#learned.size >= limits.backtrackEndpointsMax) {
      this.notKept++
      return
    }
    this.#learned.set(key, of)
    for (const channel of this.#kinds.get(family)?.channels ?? []) {
      if (channel.asks.includes(part)) this.#plan(of, channel)
    }
  }

  #plan(of: Learned, channel: Channel): void {
    for (const goal of this.#goals) {
      const isOfIt = of.content === undefined || of.content === goal.content
      const isAskable = channel.contents.some((prefix) => goal.content.startsWith(prefix))
      if (isOfIt && isAskable) this.#add(of, channel, goal)
    }
    if (this.#maps && channel.maps === true) this.#add(of, channel, undefined)
  }

  #add(of: Learned, channel: Channel, goal: Goal | undefined): void {
    const { family, at, id } = of
    const key = `${family} ${channel.name} ${endpointText(at)} ${goal?.content ?? ''}`
    const isNear = channel.near !== undefined && goal !== undefined && id !== undefined
    const distance = isNear ? channel.near.distance(goal.content, id) : -1
    const task = { family, channel, of, goal, key, distance, number: this.#tasks++ }
    const before = this.#asked.get(key)
    if (before === undefined) this.#queueOf(task).push(task)
    else if (before.isAnswered) this.#queueOf(task).answered(task)
  }

  /** It waits once more to be asked. */
  put(task: Task): void {
    this.#queueOf(task).push(task)
  }

  #queueOf({ family, channel, goal }: Task): Queue {
    const name = `${family} ${channel.name} ${goal?.content ?? ''}`
    let queue = this.#queues.get(name)
    if (queue === undefined) {
      queue = new Queue(channel, goal !== undefined)
      this.#queues.set(name, queue)
    }
    return queue
  }

  /** Whether something waits to be asked. */
  isReady(carrier: Carrier): boolean {
    for (const queue of this.#queues.values()) {
      if (queue.carrier === carrier && queue.isReady) return true
    }
    return false
  }

  /** The next of that carrier, from each queue in turn. */
  next(carrier: Carrier): Task | undefined {
    for (const [name, queue] of this.#queues) {
      if (queue.carrier !== carrier) continue
      const task = this.#fresh(queue)
      if (task === undefined) continue
      this.#queues.delete(name)
      this.#queues.set(name, queue)
      return task
    }
    return undefined
  }

  /** The same may have been told in two ways, and was asked meanwhile. */
  #fresh(queue: Queue): Task | undefined {
    let task = queue.pop()
    while (task !== undefined && task.isAgain !== true && this.#asked.has(task.key)) {
      task = queue.pop()
    }
    return task
  }

  /** A question is put. */
  begun({ key }: Task, micros: number): void {
    this.#asked.set(key, { micros, isAnswered: false })
  }

  /** It was not asked to its end. */
  forget({ key }: Task): void {
    this.#asked.delete(key)
  }

  /** It was answered. */
  answered(task: Task): void {
    const { micros } = this.#asked.get(task.key)!
    this.#asked.set(task.key, { micros, isAnswered: true })
    if (task.isAgain !== true) this.#queueOf(task).answered(task)
  }

  /** Go on where a crawl stopped: what was asked is not asked again. Once, before all else. */
  restore(learned: readonly Learned[], asked: Iterable<readonly [string, Asked]>): void {
    for (const [key, each] of asked) this.#asked.set(key, each)
    for (const of of learned) this.learn(of)
  }
}

function nameOf({ family, part, at, content = '' }: Learned): string {
  return `${family} ${part} ${endpointText(at)} ${content}`
}
