/**
 * A socket to netfilter. Reading waits a hundredth of a second at most, so that whoever reads can
 * do other things in between.
 * Source: netlink(7), socket(7), recvmmsg(2).
 *
 *   mmsghdr   name u64 | name size u32 + 4 | parts u64 | part count u64 | control u64 | size u64 |
 *             flags i32 + 4 | received u32 + 4                                   64 bytes
 *   iovec     address u64 | size u64                                             16 bytes
 */
import { ByteWriter, u32le } from '../core/bytes.ts'
import { AF_NETLINK, MSG_DONTWAIT, SOCK_CLOEXEC, SOCK_RAW, SOL_SOCKET } from './constants.ts'
import { checked, KernelError, koffi, libc } from './libc.ts'
import { answerOf, eachMessage } from './netlink.ts'

const NETLINK_NETFILTER = 12

const SO_RCVBUF = 8
const SO_RCVTIMEO = 20
const SO_RCVBUFFORCE = 33
const SOL_NETLINK = 270
const NETLINK_NO_ENOBUFS = 5

const MSG_WAITFORONE = 0x1_0000

/** An answer that does not come within so many waits never comes. */
const WAITS_MAX = 200
const WAIT_MICROS = 10_000
const ANSWER_BYTES = 65_536

const MESSAGE_BYTES = 64
const RECEIVED_AT = 56

/** What a wait ends with where nothing came. */
const AGAIN = ['EAGAIN', 'EINTR']

export class NetfilterSocket {
  readonly fd: number
  readonly #answer = new Uint8Array(ANSWER_BYTES)
  #sequence = 0

  /** @throws KernelError (`EPERM` where CAP_NET_ADMIN is missing) */
  constructor() {
    this.fd = checked(
      libc().socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER),
      'netlink socket',
    )
    const wait = new ByteWriter().u64le(0).u64le(WAIT_MICROS).finish()
    this.#set(SOL_SOCKET, SO_RCVTIMEO, wait, 'SO_RCVTIMEO')
  }

  /**
   * Room for what comes faster than it is read; more is lost without a word. Who is root in a container
   * alone gets no more than the machine allows everybody.
   */
  makeRoom(bytes: number): void {
    const size = new ByteWriter().u32le(bytes).finish()
    const isForced = libc().setsockopt(this.fd, SOL_SOCKET, SO_RCVBUFFORCE, size, size.length) === 0
    if (!isForced) this.#set(SOL_SOCKET, SO_RCVBUF, size, 'SO_RCVBUF')
    this.#set(SOL_NETLINK, NETLINK_NO_ENOBUFS, new ByteWriter().u32le(1).finish(), 'NO_ENOBUFS')
  }

  #set(level: number, name: number, value: Uint8Array, what: string): void {
    checked(libc().setsockopt(this.fd, level, name, value, value.length), what)
  }

  /**
   * Ask for something and wait until it was done.
   * @param make  the request with this sequence number
   * @throws KernelError with what the kernel said
   */
  ask(what: string, make: (sequence: number) => Uint8Array): void {
    const sequence = ++this.#sequence
    this.send(make(sequence), what)
    for (let waits = 0; waits < WAITS_MAX; waits++) {
      const size = this.#receive(what)
      let errno: number | undefined
      eachMessage(this.#answer, 0, size, (_, at, end) => {
        const answer = answerOf(this.#answer, at, end)
        if (answer?.sequence === sequence) errno = answer.errno
      })
      if (errno === 0) return
      if (errno !== undefined) throw new KernelError(what, errno)
    }
    throw new KernelError(what, ETIMEDOUT)
  }

  #receive(what: string): number {
    const size = libc().recv(this.fd, this.#answer, this.#answer.length, 0)
    return size < 0 ? nothing(what) : size
  }

  /**
   * Take what the kernel has to say next, without waiting for it.
   * @returns a view of it, valid until the next call; empty where there is nothing
   */
  take(what: string): Uint8Array {
    const size = libc().recv(this.fd, this.#answer, this.#answer.length, MSG_DONTWAIT)
    return this.#answer.subarray(0, size < 0 ? nothing(what) : size)
  }

  send(message: Uint8Array, what: string): void {
    checked(libc().send(this.fd, message, message.length, 0), what)
  }

  close(): void {
    libc().close(this.fd)
  }
}

const ETIMEDOUT = 110

/** @throws KernelError unless it was only that nothing came */
function nothing(what: string): 0 {
  const error = new KernelError(what, koffi().errno())
  if (!AGAIN.includes(error.code)) throw error
  return 0
}

/** Many datagrams by one call, each into a slot of its own. */
export class Slots {
  readonly bytes: Uint8Array
  readonly #slotBytes: number
  readonly #count: number
  readonly #messages: Uint8Array
  /** What the kernel reads, it reads there as long as this is referred to. */
  readonly #parts: Uint8Array

  constructor(count: number, slotBytes: number) {
    this.#count = count
    this.#slotBytes = slotBytes
    this.bytes = new Uint8Array(count * slotBytes)
    const base = koffi().address(this.bytes)
    const parts = new ByteWriter()
    for (let i = 0; i < count; i++) parts.u64leBig(base + BigInt(i * slotBytes)).u64le(slotBytes)
    this.#parts = parts.finish()
    const partsBase = koffi().address(this.#parts)
    const messages = new ByteWriter()
    for (let i = 0; i < count; i++) {
      messages
        .u64le(0)
        .u64le(0)
        .u64leBig(partsBase + BigInt(16 * i))
        .u64le(1)
      messages.u64le(0).u64le(0).u64le(0).u64le(0)
    }
    this.#messages = messages.finish()
  }

  /** Wait for one, and take with it what else is there. @returns how many slots are filled */
  receive(fd: number): number {
    const count = libc().recvmmsg(fd, this.#messages, this.#count, MSG_WAITFORONE, null)
    return count < 0 ? nothing('recvmmsg') : count
  }

  at(index: number): number {
    return index * this.#slotBytes
  }

  end(index: number): number {
    return this.at(index) + u32le(this.#messages, index * MESSAGE_BYTES + RECEIVED_AT)
  }
}
