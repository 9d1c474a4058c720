/**
 * A queue of netfilter: packets wait in the kernel until their verdict. Verdicts of the same kind
 * go together; before another kind, those that are collected are sent, because one message decides all
 * that came up before it.
 *
 * ```ts
 * const queue = Queue.open({ number: 0, length: 4096, failOpen: true })
 * for (;;) queue.receive((packet) => queue.accept(packet))
 * ```
 */
import { readFileSync } from 'node:fs'
import { KernelError } from './libc.ts'
import { answerOf, eachMessage } from './netlink.ts'
import { NetfilterSocket, Slots } from './netlink-socket.ts'
import {
  bindMessage,
  flagsMessage,
  lengthMessage,
  PACKET,
  QUEUE_FLAGS,
  QueuedPacket,
  rangeMessage,
  unbindMessage,
  verdictMessage,
} from './nfqueue-wire.ts'

/** The most that the kernel copies; with segments held together, a packet can be that long. */
const RANGE_BYTES = 65_531
/** With everything that comes with a packet. */
const SLOT_BYTES = RANGE_BYTES + 1024 + 5
const SLOTS = 32
const ROOM_BYTES = 8 * 1024 * 1024

/** What keeps the kernel from taking a verdict for a moment. */
const PASSING: readonly string[] = ['EAGAIN', 'EINTR', 'ENOBUFS']
const TRIES_MAX = 3

export interface QueueOptions {
  readonly number: number
  /** Packets that may wait. */
  readonly length: number
  /** What a full queue has no room for passes; otherwise it is lost. */
  readonly failOpen: boolean
  /** Say whose packets of this machine are; not every kernel can. */
  readonly users?: boolean
}

/** As the kernel counts, since the queue was opened. */
export interface QueueStatistics {
  readonly waiting: number
  /** For which there was no room in the queue. */
  readonly queueDropped: number
  /** For which there was no room at our socket. */
  readonly socketDropped: number
}

/** Somebody else reads this queue. */
class QueueTaken extends Error {
  override readonly name = 'QueueTaken'
}

/** Verdicts in the order of packets; one message for all that are accepted in a row with one mark. */
export class Verdicts {
  readonly #queue: number
  readonly #send: (message: Uint8Array) => void
  /** Accepted and not yet said: all up to this id, with this mark. */
  #pendingId: number | undefined
  #pendingMark: number | undefined

  constructor(queue: number, send: (message: Uint8Array) => void) {
    this.#queue = queue
    this.#send = send
  }

  accept(id: number, mark?: number): void {
    if (mark !== this.#pendingMark) this.flush()
    this.#pendingId = id
    this.#pendingMark = mark
  }

  drop(id: number): void {
    this.flush()
    this.#send(verdictMessage(this.#queue, { id, accept: false, isBatch: false }))
  }

  flush(): void {
    const [id, mark] = [this.#pendingId, this.#pendingMark]
    if (id === undefined) return
    this.#pendingId = undefined
    const fields = { id, accept: true, isBatch: true, ...(mark !== undefined && { mark }) }
    this.#send(verdictMessage(this.#queue, fields))
  }
}

export class Queue {
  readonly number: number
  readonly #socket: NetfilterSocket
  readonly #slots = new Slots(SLOTS, SLOT_BYTES)
  readonly #packet = new QueuedPacket()
  readonly #verdicts: Verdicts
  /** Verdicts that the kernel refused: for packets that had gone already. */
  refused = 0

  private constructor(number: number, socket: NetfilterSocket) {
    this.number = number
    this.#socket = socket
    this.#verdicts = new Verdicts(number, (message) => this.#send(message))
  }

  /** @throws QueueTaken, KernelError (`EPERM` where CAP_NET_ADMIN is missing) */
  static open({ number, length, failOpen, users = false }: QueueOptions): Queue {
    const socket = new NetfilterSocket()
    try {
      bind(socket, number)
      socket.ask('the length of the queue', (id) => lengthMessage(number, id, length))
      const { failOpen: open, gso, userId } = QUEUE_FLAGS
      const flags = gso + (failOpen ? open : 0)
      socket.ask('options of the queue', (id) => flagsMessage(number, id, flags, open + gso))
      if (users) askUsers(socket, number, userId)
      socket.makeRoom(ROOM_BYTES)
      socket.ask('to copy packets', (id) => rangeMessage(number, id, RANGE_BYTES))
    } catch (error) {
      socket.close()
      throw error
    }
    return new Queue(number, socket)
  }

  /**
   * Wait for packets, a hundredth of a second at most.
   * @param each  decides on one; it is valid only in the call
   * @returns how many came
   */
  receive(each: (packet: QueuedPacket) => void): number {
    const filled = this.#slots.receive(this.#socket.fd)
    let packets = 0
    for (let slot = 0; slot < filled; slot++) {
      const { bytes } = this.#slots
      eachMessage(bytes, this.#slots.at(slot), this.#slots.end(slot), (type, at, end) => {
        if (type === PACKET && this.#packet.read(bytes, at, end)) {
          packets++
          each(this.#packet)
        } else if (answerOf(bytes, at, end)?.errno) this.refused++
      })
    }
    this.flush()
    return packets
  }

  /** @param mark  the packet's new mark; absent: as it was */
  accept({ id }: QueuedPacket, mark?: number): void {
    this.#verdicts.accept(id, mark)
  }

  drop({ id }: QueuedPacket): void {
    this.#verdicts.drop(id)
  }

  /** Say what was accepted. */
  flush(): void {
    this.#verdicts.flush()
  }

  #send(message: Uint8Array): void {
    for (let tries = 1; ; tries++) {
      try {
        return this.#socket.send(message, 'a verdict')
      } catch (error) {
        const isPassing = error instanceof KernelError && PASSING.includes(error.code)
        if (!isPassing || tries === TRIES_MAX) throw error
      }
    }
  }

  statistics(): QueueStatistics | undefined {
    return statisticsOf(this.number)
  }

  close(): void {
    this.#socket.close()
  }

  /** Let go of the queue, so that what waits is not lost first: the kernel lets go of it at `close`. */
  unbind(): void {
    this.#socket.ask('to let go of the queue', (id) => unbindMessage(this.number, id))
  }
}

function bind(socket: NetfilterSocket, number: number): void {
  try {
    socket.ask(`queue ${number}`, (id) => bindMessage(number, id))
  } catch (error) {
    // The kernel says the same where a capability is missing and where another has the queue.
    const isTaken = error instanceof KernelError && statisticsOf(number) !== undefined
    if (!isTaken) throw error
    throw new QueueTaken(`queue ${number} is read by another program`, { cause: error })
  }
}

/** Told where the kernel can. */
function askUsers(socket: NetfilterSocket, number: number, userId: number): void {
  try {
    socket.ask('users', (id) => flagsMessage(number, id, userId, userId))
  } catch (error) {
    if (!(error instanceof KernelError)) throw error
  }
}

/** Columns: queue, port, waiting, mode, range, queue dropped, user dropped, last id, 1. */
function statisticsOf(number: number): QueueStatistics | undefined {
  for (const line of tableLines()) {
    const columns = line.trim().split(/\s+/).map(Number)
    if (columns[0] !== number || columns.length < 8) continue
    return { waiting: columns[2]!, queueDropped: columns[5]!, socketDropped: columns[6]! }
  }
  return undefined
}

function tableLines(): string[] {
  try {
    return readFileSync('/proc/thread-self/net/netfilter/nfnetlink_queue', 'utf8').split('\n')
  } catch {
    // No queue was ever opened there.
    return []
  }
}
