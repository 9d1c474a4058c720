/**
 * What this process may do. A capture needs its privilege once, to open the socket; whoever then reads
 * what strangers sent holds none.
 * Source: capabilities(7); include/uapi/linux/capability.h.
 */
import { execFileSync } from 'node:child_process'
import { checked, libc } from './libc.ts'

const PR_SET_NO_NEW_PRIVS = 38
/** Version 3: two words of each set; thread 0 is the one that calls. */
const CAPABILITY_HEADER = new Uint8Array(new Uint32Array([0x2008_0522, 0]).buffer)
const CAPABILITY_WORDS = 6
const CAP_KILL = 5

/**
 * Let go of all capabilities, for this thread and those that it starts from now on. Threads of Node
 * itself that run already keep theirs: they run no code of ours. Only another user (`becomeUser`)
 * is for the whole process.
 * @param kills  keep the one by which root ends programs of other users
 */
export function dropCapabilities(kills = false): void {
  checked(libc().prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 'no new privileges')
  // Effective, permitted, inheritable; then the same for capabilities from 32 on.
  const sets = new Uint32Array(CAPABILITY_WORDS)
  if (kills && process.geteuid!() === 0) sets.fill(1 << CAP_KILL, 0, 2)
  checked(libc().capset(CAPABILITY_HEADER, new Uint8Array(sets.buffer)), 'capset')
}

/** There is no such user, or we may not become one. */
export class UserError extends Error {
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
