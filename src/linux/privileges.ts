/**
 * What this process may do. A capture needs its privilege once, to open the socket; whoever then reads
 * what strangers sent holds none.
 * Source: capabilities(7), execve(2); include/uapi/linux/capability.h, asm-generic/ioctls.h.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { checked, libc } from './libc.ts'

const PR_SET_NO_NEW_PRIVS = 38
/** Version 3: two words of each set; thread 0 is the one that calls. */
const CAPABILITY_HEADER = new Uint8Array(new Uint32Array([0x2008_0522, 0]).buffer)
const CAPABILITY_WORDS = 6
const CAP_KILL = 5
export const CAP_NET_ADMIN = 12
export const CAP_NET_RAW = 13

/** A file stays open when another program begins. */
const FIONCLEX = 0x5450
const NO_VALUE = new Uint8Array(0)
/** Node marks these, too, to be closed there. */
const STANDARD = [0, 1, 2]

/**
 * Let go of all capabilities, for this thread and those that it starts from now on. Threads of Node
 * itself that run already keep theirs: they run no code of ours. For the whole process it takes
 * another user (`becomeUser`) or another beginning (`beginAnew`).
 * @param kills  keep the one by which root ends programs of other users
 */
export function dropCapabilities(kills = false): void {
  checked(libc().prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 'no new privileges')
  // Effective, permitted, inheritable; then the same for capabilities from 32 on.
  const sets = new Uint32Array(CAPABILITY_WORDS)
  if (kills && process.geteuid!() === 0) sets.fill(1 << CAP_KILL, 0, 2)
  checked(libc().capset(CAPABILITY_HEADER, new Uint8Array(sets.buffer)), 'capset')
}

/**
 * Keep of the capabilities of this thread these alone, for it and for what it starts. Which it has not,
 * it does not get.
 * @param wanted  their numbers, below 32
 */
export function keepCapabilities(...wanted: readonly number[]): void {
  // Words are hexadecimal, highest bits first: the last eight digits are the first word.
  const status = readFileSync('/proc/thread-self/status', 'utf8')
  const permitted = Number.parseInt(/^CapPrm:\s+[0-9a-f]*?([0-9a-f]{8})$/m.exec(status)![1]!, 16)
  const kept = wanted.reduce((all, one) => all | (permitted & (1 << one)), 0)
  const sets = new Uint32Array(CAPABILITY_WORDS)
  sets.fill(kept, 0, 2)
  checked(libc().capset(CAPABILITY_HEADER, new Uint8Array(sets.buffer)), 'capset')
}

/**
 * This program begins anew in its own place, as the same process, with no capability in any thread:
 * a new image has those of the thread that asked for it, and has none to gain. Returns only where
 * the kernel refuses.
 * @param open  files that stay open
 * @param said  added to the environment
 */
export function beginAnew(open: readonly number[], said: Readonly<Record<string, string>>): void {
  dropCapabilities()
  for (const fd of [...STANDARD, ...open]) checked(libc().ioctl(fd, FIONCLEX, NO_VALUE), 'FIONCLEX')
  const words = [process.execPath, ...process.execArgv, ...process.argv.slice(1)]
  const environment = Object.entries({ ...process.env, ...said }).map((pair) => pair.join('='))
  libc().execve(process.execPath, [...words, null], [...environment, null])
}

/** There is no such user, or we may not become one. */
class UserError extends Error {
  override readonly name = 'UserError'
}

/** Be this user from now on, in all threads; from root this lets go of all capabilities too. */
export function becomeUser(name: string): void {
  const [user, group] = [idOf('-u', name), idOf('-g', name)]
  try {
    process.setgroups!([])
    process.setgid!(group)
    process.setuid!(user)
  } catch (error) {
    throw new UserError(`--user ${name}: only root can become another user`, { cause: error })
  }
}

function idOf(which: '-u' | '-g', name: string): number {
  if (/^[a-z_][a-z0-9_.-]*\$?$/i.test(name)) {
    try {
      const said = execFileSync('id', [which, name], { stdio: ['ignore', 'pipe', 'ignore'] })
      return Number(said.toString())
    } catch {
      // Told below.
    }
  }
  throw new UserError(`--user ${name}: there is no such user`)
}
