/** Opening interfaces, by the kernel's ring or by a pipe from another program, and why it may fail. */
import { totalmem } from 'node:os'
import { limits } from '../../core/limits.ts'
import { CaptureError } from '../../intake/source/cursor.ts'
import { kernelFilter, type LiveOptions as SourceOptions } from '../../intake/source/live.ts'
import { PipeCursor } from '../../intake/source/live-pipe.ts'
import { interfaceNamed } from '../../linux/interfaces.ts'
import { KernelError, KernelUnreachable } from '../../linux/libc.ts'
import {
  closePacketSocket,
  FanoutGroup,
  linkTypeOf,
  NoInterface,
  openPacketSocket,
  type PacketSocket,
  type RingSize,
} from '../../linux/packet-socket.ts'
import { becomeUser, beginAnew, dropCapabilities } from '../../linux/privileges.ts'
import type { CaptureWay } from '../choices.ts'

export interface InterfaceOptions {
  readonly interfaces: readonly string[]
  /** A BPF expression, as tcpdump takes it. */
  readonly filter?: string
  /** `auto` takes the ring where it can, else the pipe. */
  readonly capture?: CaptureWay
  /** Threads of each interface. */
  readonly workers?: number
  readonly snaplen?: number
  readonly promiscuous?: boolean
  /** Of one ring. */
  readonly ringMebibytes?: number
  /** Whom to become once the rings are open; without it, capabilities alone are let go of. */
  readonly user?: string
  /** This process is the program and nothing else: it may begin anew to let go of its rights. */
  readonly isProgram?: boolean
  /** What happens to an interface, in words. */
  readonly onNotice?: (text: string) => void
}

export interface OpenedRing {
  readonly name: string
  readonly socket: PacketSocket
}

/** Rings that are open already, as JSON: what a program says to itself when it begins anew. */
const HANDED = 'PEERSCOPE_HANDED_RINGS'

/**
 * Nobody is left who may capture, or do more than what reading needs.
 * @param isProgram  this process may begin anew, so that no thread of it keeps anything
 */
export function letGo(opened: Opened, user: string | undefined, isProgram: boolean): void {
  const wasHanded = process.env[HANDED] !== undefined
  delete process.env[HANDED]
  try {
    if (user !== undefined) return becomeUser(user)
    if (opened.way === 'ring' && isProgram && !wasHanded) {
      const fds = opened.sockets.map(({ socket }) => socket.fd)
      beginAnew(fds, { [HANDED]: JSON.stringify(opened) })
    }
    dropCapabilities(opened.way === 'pipe')
  } catch (error) {
    // Without a way to call the kernel there is none to let go either.
    if (!(error instanceof KernelUnreachable)) throw error
  }
}

export type Opened =
  | { readonly way: 'ring'; readonly sockets: readonly OpenedRing[] }
  | { readonly way: 'pipe'; readonly cursors: readonly PipeCursor[] }

/** More than any packet. */
const SNAPLEN = limits.savedLength
const ETHERNET = 1
const RAW_IP = 101

const MEBIBYTE = 1024 * 1024
/** Half a second of a gigabit: as long as the collector of garbage ever stops us. */
const RING_MEBIBYTES_LEAST = 64
/** On a machine whose processors are busy with others, we are away for longer. */
const RING_MEBIBYTES_MOST = 256
/** All rings together take one in so many bytes of the machine. */
const MEMORY_SHARE = 32
const RETIRE_MILLIS = 60

/** @throws CaptureError, FilterError */
export async function openInterfaces(options: InterfaceOptions): Promise<Opened> {
  const { capture = 'auto', filter, workers = 1, snaplen = SNAPLEN } = options
  const handed = process.env[HANDED]
  if (handed !== undefined) return JSON.parse(handed) as Opened
  // A mistake in it is one whichever way packets come.
  kernelFilter(filter, ETHERNET, snaplen)
  if (capture !== 'pipe') {
    try {
      return { way: 'ring', sockets: openRings(options) }
    } catch (error) {
      const cause = refusal(error)
      const isTried = capture === 'auto' && !isUnknownInterface(error)
      if (!isTried) throw new CaptureError(options.interfaces.join(' '), cause, { cause: error })
      options.onNotice?.(`captured by another program, since ${cause}`)
    }
  }
  // Whoever becomes somebody else could not end the program that captures.
  if (options.user !== undefined) throw new CaptureError('--user', 'is for --capture ring')
  if (workers > 1) options.onNotice?.('--workers is for the ring; a pipe has one reader')
  return { way: 'pipe', cursors: await openPipes(options) }
}

function openRings(options: InterfaceOptions): OpenedRing[] {
  const { filter, snaplen = SNAPLEN, workers = 1, promiscuous = true } = options
  const blocks = ringMebibytes(options)
  const size: RingSize = { blockBytes: MEBIBYTE, blocks, retireMillis: RETIRE_MILLIS }
  const opened: OpenedRing[] = []
  try {
    for (const name of options.interfaces) {
      const group = workers > 1 ? new FanoutGroup() : undefined
      const found = interfaceNamed(name)
      const linkType = (found && linkTypeOf(found)) ?? RAW_IP
      for (let worker = 0; worker < workers; worker++) {
        const socket = openPacketSocket(name, {
          size,
          promiscuous,
          filter: kernelFilter(filter, linkType, snaplen),
          ...(group !== undefined && { group }),
        })
        opened.push({ name, socket })
      }
    }
    return opened
  } catch (error) {
    for (const { socket } of opened) closePacketSocket(socket)
    throw error
  }
}

async function openPipes(options: InterfaceOptions): Promise<PipeCursor[]> {
  const { filter, snaplen = SNAPLEN, promiscuous = true } = options
  const bufferBytes = ringMebibytes(options) * MEBIBYTE
  const opened: PipeCursor[] = []
  try {
    for (const name of options.interfaces) {
      const asked: SourceOptions = {
        interface: name,
        snaplen,
        promiscuous,
        bufferBytes,
        ...(filter !== undefined && { filter }),
      }
      opened.push(await PipeCursor.open(asked))
    }
    return opened
  } catch (error) {
    for (const cursor of opened) await cursor.close()
    throw error
  }
}

/** Of one ring; its memory is never swapped. */
function ringMebibytes(options: InterfaceOptions): number {
  const rings = options.interfaces.length * (options.workers ?? 1)
  const share = Math.floor(totalmem() / MEMORY_SHARE / rings / MEBIBYTE)
  const fitting = Math.min(Math.max(share, RING_MEBIBYTES_LEAST), RING_MEBIBYTES_MOST)
  return options.ringMebibytes ?? fitting
}

/** `any` is none of the kernel's interfaces, and other programs know it all the same. */
function isUnknownInterface(error: unknown): boolean {
  return error instanceof NoInterface && error.asked !== 'any'
}

/** What keeps the ring from being used, and what to do about it. */
function refusal(error: unknown): string {
  if (error instanceof NoInterface && error.asked === 'any') return 'any is no single interface'
  if (error instanceof NoInterface) return `no such interface; there are: ${error.there.join(', ')}`
  if (error instanceof KernelUnreachable) return error.message
  if (!(error instanceof KernelError)) throw error
  if (error.code === 'EPERM' || error.code === 'EACCES') {
    return (
      'capturing needs the capability CAP_NET_RAW: run as root (with --user, to be somebody else ' +
      'afterwards), or let systemd give it (AmbientCapabilities=CAP_NET_RAW)'
    )
  }
  if (error.code === 'ENOMEM') return 'there is no memory for the ring; ask for less with --ring'
  return error.message
}
