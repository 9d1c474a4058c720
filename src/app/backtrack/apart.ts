/** Whether this process is in a network namespace of its own, so that private addresses are nobody's but its. */
import { readlinkSync } from 'node:fs'

/**
 * Compared with the first process's namespace; where that cannot be read, nothing is known of it and the
 * network is the machine's. Source: namespaces(7), "The /proc/pid/ns/ directory".
 * @param read  what a link of /proc says
 */
export function isApart(read: (link: string) => string = readlinkSync): boolean {
  try {
    return read('/proc/self/ns/net') !== read('/proc/1/ns/net')
  } catch {
    return false
  }
}
