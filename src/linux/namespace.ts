/**
 * Network namespaces by the names that `ip netns` gives them. Source: setns(2), ip-netns(8).
 */
import { checked, libc } from './libc.ts'

const FOLDER = '/run/netns'
const CLONE_NEWNET = 0x4000_0000
const READ_ONLY = 0

/**
 * From now on this thread, and the programs that it starts, have the network of that namespace: sockets
 * that are open stay where they were made.
 * @throws KernelUnreachable, KernelError
 */
export function enterNetwork(name: string): void {
  const fd = checked(libc().open(`${FOLDER}/${name}`, READ_ONLY), `namespace ${name}`)
  try {
    checked(libc().setns(fd, CLONE_NEWNET), `enter the namespace ${name}`)
  } finally {
    libc().close(fd)
  }
}
