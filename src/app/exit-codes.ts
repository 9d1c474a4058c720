/** Why the program ended, for scripts. */
// biome-ignore format: a table
export const EXIT = {
  ok: 0,
  failed: 1,       // something in the world went wrong: a file, a disk
  usage: 2,        // the command line, or a filter expression
  findings: 3,     // a finding at or above --fail-on
  damaged: 4,      // a capture ends early or is broken; what came before was read
  interrupted: 130, // SIGINT
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** The command line asks for something that cannot be done. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
