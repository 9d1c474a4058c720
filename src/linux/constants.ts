/**
 * Numbers of the C library that several files of this folder need. They are those of every
 * architecture that Node runs on with Linux, but for MIPS and SPARC.
 * Source: include/linux/socket.h; include/uapi/asm-generic/socket.h; include/linux/net.h.
 */

export const AF_INET = 2
export const AF_INET6 = 10
export const AF_NETLINK = 16
export const AF_PACKET = 17

export const SOCK_DGRAM = 2
export const SOCK_RAW = 3
/** No program that is started inherits it. */
export const SOCK_CLOEXEC = 0o2000000

export const SOL_SOCKET = 1
export const SOL_PACKET = 263

export const MSG_DONTWAIT = 0x40
