/**
 * The C library, called through koffi: no compiler at installation, no program beside ours. It is
 * loaded at the first call, so that whoever only reads files needs neither Linux nor koffi.
 */
import { createRequire } from 'node:module'
import { getSystemErrorName } from 'node:util'

/** Only what is called here. Pointers are addresses as koffi gives them, or bytes of ours. */
export interface Libc {
  socket(domain: number, type: number, protocol: number): number
  bind(fd: number, address: Uint8Array, size: number): number
  setsockopt(fd: number, level: number, name: number, value: Uint8Array, size: number): number
  getsockopt(fd: number, level: number, name: number, value: Uint8Array, size: Uint8Array): number
  mmap(
    at: null,
    size: number,
    protection: number,
    flags: number,
    fd: number,
    offset: number,
  ): bigint
  munmap(at: bigint, size: number): number
  ioctl(fd: number, request: number, value: Uint8Array): number
  close(fd: number): number
  open(path: string, flags: number): number
  read(fd: number, bytes: Uint8Array, size: number): number
  write(fd: number, bytes: Uint8Array, size: number): number
  send(fd: number, bytes: Uint8Array, size: number, flags: number): number
  sendto(
    fd: number,
    bytes: Uint8Array,
    size: number,
    flags: number,
    address: Uint8Array,
    addressSize: number,
  ): number
  recv(fd: number, bytes: Uint8Array, size: number, flags: number): number
  recvmmsg(fd: number, messages: Uint8Array, count: number, flags: number, timeout: null): number
  setns(fd: number, kind: number): number
  prctl(option: number, a: number, b: number, c: number, d: number): number
  capset(header: Uint8Array, data: Uint8Array): number
  /** The lists end with null. */
  execve(
    path: string,
    words: readonly (string | null)[],
    environment: readonly (string | null)[],
  ): number
}

const PROTOTYPES: Readonly<Record<keyof Libc, string>> = {
  socket: 'int socket(int domain, int type, int protocol)',
  bind: 'int bind(int fd, const uint8_t *address, uint32_t size)',
  setsockopt: 'int setsockopt(int fd, int level, int name, const uint8_t *value, uint32_t size)',
  getsockopt: 'int getsockopt(int fd, int level, int name, uint8_t *value, uint8_t *size)',
  mmap: 'void *mmap(void *at, size_t size, int protection, int flags, int fd, long offset)',
  munmap: 'int munmap(void *at, size_t size)',
  ioctl: 'int ioctl(int fd, unsigned long request, uint8_t *value)',
  close: 'int close(int fd)',
  open: 'int open(const char *path, int flags)',
  read: 'long read(int fd, uint8_t *bytes, size_t size)',
  write: 'long write(int fd, const uint8_t *bytes, size_t size)',
  send: 'long send(int fd, const uint8_t *bytes, size_t size, int flags)',
  sendto:
    'long sendto(int fd, const uint8_t *bytes, size_t size, int flags, const uint8_t *address, uint32_t addressSize)',
  recv: 'long recv(int fd, uint8_t *bytes, size_t size, int flags)',
  recvmmsg: 'int recvmmsg(int fd, uint8_t *messages, unsigned int count, int flags, void *timeout)',
  setns: 'int setns(int fd, int kind)',
  prctl:
    'int prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d)',
  capset: 'int capset(uint8_t *header, const uint8_t *data)',
  execve: 'int execve(const char *path, const char **words, const char **environment)',
}

/** What this folder takes of koffi. */
export interface Koffi {
  load(path: null): { func(prototype: string): unknown }
  errno(): number
  view(at: bigint, size: number): ArrayBuffer
  address(bytes: Uint8Array): bigint
  readonly node: {
    poll(
      fd: number,
      options: { readonly readable: boolean },
      ready: () => void,
    ): {
      start(options: { readonly readable: boolean }, ready: () => void): void
      stop(): void
      close(): void
    }
  }
}

/** The kernel cannot be called from here at all. */
export class KernelUnreachable extends Error {
  override readonly name = 'KernelUnreachable'
}

/** The kernel said no. */
export class KernelError extends Error {
  override readonly name = 'KernelError'
  /** As in errno.h: `EPERM`. */
  readonly code: string

  constructor(what: string, errno: number) {
    const code = getSystemErrorName(-errno)
    super(`${what}: ${code}`)
    this.code = code
  }
}

let loaded: { readonly koffi: Koffi; readonly libc: Libc } | undefined

function load(): { readonly koffi: Koffi; readonly libc: Libc } {
  if (loaded !== undefined) return loaded
  if (process.platform !== 'linux') {
    throw new KernelUnreachable(`this needs Linux, and runs on ${process.platform}`)
  }
  const koffi = loadKoffi()
  const library = koffi.load(null)
  const calls = Object.entries(PROTOTYPES).map(([name, text]) => [name, library.func(text)])
  loaded = { koffi, libc: Object.fromEntries(calls) as Libc }
  return loaded
}

function loadKoffi(): Koffi {
  try {
    return createRequire(import.meta.url)('koffi') as Koffi
  } catch (error) {
    throw new KernelUnreachable(
      "the package koffi is not there or not for this machine; 'npm install koffi' brings it",
      { cause: error },
    )
  }
}

export function libc(): Libc {
  return load().libc
}

export function koffi(): Koffi {
  return load().koffi
}

/** @throws KernelError where a call gave -1 */
export function checked(result: number, what: string): number {
  if (result === -1) throw new KernelError(what, koffi().errno())
  return result
}
