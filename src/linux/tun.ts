/**
 * A TUN device: an interface whose packets come to a program, and which takes those of the program.
 * One read is one IP packet, without a header before it. It is gone once it is closed.
 * Source: Documentation/networking/tuntap.rst; if_tun.h.
 *
 *   ifreq   name 16 bytes | flags u16le | …                 40 bytes
 */
import { ByteWriter, bytesOf } from '../core/bytes.ts'
import { checked, koffi, libc } from './libc.ts'

const PATH = '/dev/net/tun'
const O_RDWR = 0x2
const O_NONBLOCK = 0x800
const TUNSETIFF = 0x4004_54ca
const IFF_TUN = 0x0001
const IFF_NO_PI = 0x1000
const NAME_BYTES = 16
const REQUEST_BYTES = 40

export class Tun {
  readonly name: string
  readonly #fd: number
  #isOpen = true

  /**
   * @param name  as interfaces are called: at most 15 characters
   * @throws KernelUnreachable, KernelError
   */
  constructor(name: string) {
    if (name === '' || name.length >= NAME_BYTES) throw new RangeError(`no interface name: ${name}`)
    this.#fd = checked(libc().open(PATH, O_RDWR + O_NONBLOCK), PATH)
    const request = new ByteWriter()
      .bytes(bytesOf(name))
      .bytes(new Uint8Array(NAME_BYTES - name.length))
    request.u16le(IFF_TUN + IFF_NO_PI).bytes(new Uint8Array(REQUEST_BYTES - NAME_BYTES - 2))
    try {
      checked(libc().ioctl(this.#fd, TUNSETIFF, request.finish()), `make ${name}`)
    } catch (error) {
      libc().close(this.#fd)
      throw error
    }
    this.name = name
  }

  /** The next packet. @returns its bytes' count; 0 where none waits */
  read(into: Uint8Array): number {
    return Math.max(0, libc().read(this.#fd, into, into.length))
  }

  /** @returns whether the kernel took the packet */
  write(packet: Uint8Array): boolean {
    return libc().write(this.#fd, packet, packet.length) === packet.length
  }

  /** Until a packet waits; no longer than `millis`. */
  wait(millis: number): Promise<void> {
    return new Promise((resolve) => {
      const handle = koffi().node.poll(this.#fd, { readable: true }, () => ready())
      const late = setTimeout(() => ready(), millis)
      const ready = () => {
        clearTimeout(late)
        handle.stop()
        handle.close()
        resolve()
      }
    })
  }

  close(): void {
    if (this.#isOpen) libc().close(this.#fd)
    this.#isOpen = false
  }
}
