/**
 * Sends frames on an interface as fast as the kernel takes them: a packet socket that passes the
 * queues by, hundreds of frames a call.
 * Source: sendmmsg(2), packet(7).
 *
 *   mmsghdr   name u64 | name size u32 + 4 | parts u64 | part count u64 | control u64 | size u64 |
 *             flags i32 + 4 | sent u32 + 4                                       64 bytes
 *   iovec     address u64 | size u64                                             16 bytes
 *
 * As a program: `sender.js INTERFACE FRAME-BYTES FLOWS SECONDS`, or `sender.js INTERFACE CAPTURE`; prints
 * how many frames went, and in how many seconds.
 */
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { ByteWriter } from '../src/core/bytes.ts'
import { udpFrame } from '../src/core/packet-maker.ts'
import { openCaptures } from '../src/intake/source/open.ts'
import { interfaceNamed } from '../src/linux/interfaces.ts'
import { checked, koffi, libc } from '../src/linux/libc.ts'

const AF_PACKET = 17
const SOCK_RAW = 3
const SOL_PACKET = 263
const PACKET_QDISC_BYPASS = 20

/** The kernel takes so many at once (UIO_MAXIOV). */
const BATCH_MAX = 1024
const MESSAGE_BYTES = 64

/** Ethernet, IPv4, UDP. */
const HEADER_BYTES = 14 + 20 + 8

type SendMany = (fd: number, messages: Uint8Array, count: number, flags: number) => number

/** Send all frames in turn, `rounds` times or for `seconds`. @returns how many went */
export function sendFrames(
  name: string,
  frames: readonly Uint8Array[],
  { rounds = Number.POSITIVE_INFINITY, seconds = Number.POSITIVE_INFINITY },
): number {
  const library = createRequire(import.meta.url)('koffi') as {
    load(path: null): { func(prototype: string): unknown }
  }
  const sendmmsg = library
    .load(null)
    .func(
      'int sendmmsg(int fd, uint8_t *messages, unsigned int count, int flags)',
    ) as unknown as SendMany
  const fd = open(name)
  // What the kernel reads stays where it is as long as it is referred to here.
  const parts = frames.map((frame) => {
    const part = new ByteWriter().u64leBig(koffi().address(frame)).u64le(frame.length)
    return part.finish()
  })
  const messages = new ByteWriter()
  for (const part of parts) {
    messages.u64le(0).u64le(0).u64leBig(koffi().address(part)).u64le(1)
    messages.u64le(0).u64le(0).u64le(0).u64le(0)
  }
  const whole = messages.finish()
  const end = performance.now() + 1000 * seconds
  let sent = 0
  for (let round = 0; round < rounds && performance.now() < end; round++) {
    for (let at = 0; at < frames.length; ) {
      const batch = whole.subarray(at * MESSAGE_BYTES, (at + BATCH_MAX) * MESSAGE_BYTES)
      const went = sendmmsg(fd, batch, batch.length / MESSAGE_BYTES, 0)
      if (went > 0) sent += went
      // One that the kernel does not take is left out.
      at += Math.max(1, went)
    }
  }
  libc().close(fd)
  return sent
}

function open(name: string): number {
  const found = interfaceNamed(name)
  if (found === undefined) throw new Error(`${name}: no such interface`)
  const fd = checked(libc().socket(AF_PACKET, SOCK_RAW, 0), 'packet socket')
  const yes = new ByteWriter().u32le(1).finish()
  checked(libc().setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, yes, 4), 'bypass')
  const address = new ByteWriter().u16le(AF_PACKET).u16be(0).u32le(found.index)
  const all = address.bytes(new Uint8Array(12)).finish()
  checked(libc().bind(fd, all, all.length), 'bind')
  return fd
}

/** Frames of one size, each of another flow: what no protocol begins with. */
export function framesOf(size: number, flows: number): Uint8Array[] {
  const payload = new Uint8Array(size - HEADER_BYTES).fill(0x55)
  return Array.from({ length: flows }, (_, flow) =>
    udpFrame(
      { ip: `198.51.100.${1 + (flow % 250)}`, port: 20_000 + flow },
      { ip: '203.0.113.7', port: 9 },
      payload,
    ),
  )
}

/** Every frame of a capture. */
async function framesIn(path: string): Promise<Uint8Array[]> {
  const cursor = await openCaptures([path])
  const frames: Uint8Array[] = []
  for (let step = cursor.next(); step !== 'end'; step = cursor.next()) {
    if (step === 'wait') await cursor.fill()
    else frames.push(cursor.bytes.slice(cursor.at, cursor.at + cursor.size))
  }
  await cursor.close()
  return frames
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [name, what, flows, seconds] = process.argv.slice(2)
  const isSize = /^\d+$/.test(what!)
  const frames = isSize ? framesOf(Number(what), Number(flows)) : await framesIn(what!)
  const begun = performance.now()
  const sent = sendFrames(name!, frames, isSize ? { seconds: Number(seconds) } : { rounds: 1 })
  console.log(sent, (performance.now() - begun) / 1000)
}
