/**
 * The memory that kernel and reader share: a ring of blocks, each full of packets, each owned by
 * one of the two.
 * Source: include/uapi/linux/if_packet.h (TPACKET_V3).
 *
 *   block    version u32 | private u32 | status u32 | packets u32 | first packet u32 | …
 *   packet   next u32 | seconds u32 | nanoseconds u32 | captured u32 | on the wire u32 | status u32 |
 *            MAC at u16 | IP at u16 | hash u32 | VLAN tag u32 | VLAN type u16 | … 48 | sockaddr_ll
 */
import { SOL_PACKET, SOL_SOCKET } from './constants.ts'
import { stateOf } from './interfaces.ts'
import { koffi, libc } from './libc.ts'
import { attachFilter, get, NOTHING, type PacketSocket } from './packet-socket.ts'

const SO_ERROR = 4
const PACKET_STATISTICS = 6

const PROT_READ_WRITE = 3
const MAP_SHARED = 1

/** Words of a block's header. */
const BLOCK_STATUS = 2
const BLOCK_PACKETS = 3
const BLOCK_FIRST = 4
const OURS = 1
const THE_KERNELS = 0

export interface RingStatistics {
  /** Packets that came to the socket, those dropped included. */
  readonly packets: number
  /** Packets for which there was no room. */
  readonly drops: number
}

export class PacketRing {
  /** The whole ring; what it holds changes under the reader, block by block. */
  readonly bytes: Uint8Array
  readonly words: Uint32Array
  readonly socket: PacketSocket
  readonly #poll: ReturnType<ReturnType<typeof koffi>['node']['poll']>
  readonly #at: bigint
  #wake: (() => void) | undefined
  /** The block that is read, or that will be. */
  #block = 0
  #isHeld = false
  #packets = 0
  #drops = 0
  #isOpen = true

  constructor(socket: PacketSocket) {
    const size = socket.size.blockBytes * socket.size.blocks
    this.socket = socket
    this.#at = libc().mmap(null, size, PROT_READ_WRITE, MAP_SHARED, socket.fd, 0)
    const memory = koffi().view(this.#at, size)
    this.bytes = new Uint8Array(memory)
    this.words = new Uint32Array(memory)
    this.#poll = koffi().node.poll(socket.fd, { readable: true }, () => this.#ready())
    this.#poll.stop()
  }

  #ready(): void {
    this.#poll.stop()
    this.#wake?.()
    this.#wake = undefined
  }

  /** Offset of the ring's current block, in bytes. */
  get blockAt(): number {
    return this.#block * this.socket.size.blockBytes
  }

  get #isReady(): boolean {
    return (Atomics.load(this.words, this.blockAt / 4 + BLOCK_STATUS) & OURS) !== 0
  }

  /** Take the next block if it is full, or its time over. */
  take(): boolean {
    this.#isHeld ||= this.#isReady
    return this.#isHeld
  }

  /** Packets in the block that was taken. */
  get packets(): number {
    return this.words[this.blockAt / 4 + BLOCK_PACKETS]!
  }

  /** Offset of its first packet, in bytes. */
  get firstAt(): number {
    return this.blockAt + this.words[this.blockAt / 4 + BLOCK_FIRST]!
  }

  /** The block was read: the kernel may have it again. */
  giveBack(): void {
    Atomics.store(this.words, this.blockAt / 4 + BLOCK_STATUS, THE_KERNELS)
    this.#block = (this.#block + 1) % this.socket.size.blocks
    this.#isHeld = false
  }

  /** Share of the blocks that wait to be read. */
  get use(): number {
    const { blocks, blockBytes } = this.socket.size
    let ready = 0
    while (ready < blocks) {
      const block = (this.#block + ready) % blocks
      if ((Atomics.load(this.words, (block * blockBytes) / 4 + BLOCK_STATUS) & OURS) === 0) break
      ready++
    }
    return ready / blocks
  }

  /** Until a block is ready, or something happens to the interface; no longer than `millis`. */
  wait(millis: number): Promise<void> {
    return new Promise((resolve) => {
      const late = setTimeout(() => this.#ready(), millis)
      this.#wake = () => {
        clearTimeout(late)
        resolve()
      }
      this.#poll.start({ readable: true }, () => this.#ready())
    })
  }

  /** How the interface is. An error that waits at the socket is taken away: it would wake us for ever. */
  state(): 'up' | 'down' | 'gone' {
    get(this.socket.fd, SOL_SOCKET, SO_ERROR, 4)
    return stateOf(this.socket.interfaceIndex)
  }

  /** Nothing comes in any more; what is in the ring can be read. */
  shut(): void {
    attachFilter(this.socket.fd, NOTHING)
  }

  statistics(): RingStatistics {
    // The kernel counts anew after each question.
    if (this.#isOpen) {
      const [packets, drops] = get(this.socket.fd, SOL_PACKET, PACKET_STATISTICS, 12)
      this.#packets += packets!
      this.#drops += drops!
    }
    return { packets: this.#packets, drops: this.#drops }
  }

  close(): void {
    if (!this.#isOpen) return
    this.statistics()
    this.#isOpen = false
    this.#poll.close()
    libc().munmap(this.#at, this.bytes.length)
    libc().close(this.socket.fd)
  }
}
