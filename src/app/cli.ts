/** The program from its arguments to its exit code; what an error means stands here. */
import { type Command, CommanderError } from 'commander'
import { helpHint, program, refuseUnknownHelp } from './cli/program.ts'
import { EXIT, type ExitCode, UsageError } from './exit-codes.ts'
import { ReaderGone } from './output.ts'
import { refusal } from './refusal.ts'

/** @returns the exit status */
export async function main(args: readonly string[]): Promise<ExitCode> {
  let status: ExitCode = EXIT.ok
  const peerscope = program((code) => {
    status = code
  })
  let running: Command = peerscope
  peerscope.hook('preAction', (_, command) => {
    running = command
  })
  try {
    refuseUnknownHelp(peerscope, args)
    await peerscope.parseAsync([...args], { from: 'user' })
    return status
  } catch (error) {
    return failure(error, helpHint(running))
  }
}

function failure(error: unknown, hint: string): ExitCode {
  if (error instanceof ReaderGone) return EXIT.ok
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
  if (!(error instanceof Error)) throw error
  // A bug of ours shows where it is; the world's errors show what they are.
  const known = error instanceof UsageError || 'code' in error || error.cause !== undefined
  const words = refusal(error) ?? (known || isWorlds(error) ? error.message : error.stack)
  process.stderr.write(`peerscope: ${words}\n`)
  if (error instanceof UsageError) {
    process.stderr.write(`${hint}\n`)
    return EXIT.usage
  }
  return USAGE_ERRORS.includes(error.name) ? EXIT.usage : EXIT.failed
}

/** What was asked for is wrong, not the world. */
const USAGE_ERRORS: readonly string[] = [
  'FilterError',
  'ScenarioError',
  'ConfigError',
  'OverrideError',
  'ExpressionError',
]

/** Typed errors of the outside world have a name of their own. */
function isWorlds(error: Error): boolean {
  return !['Error', 'TypeError', 'RangeError', 'AssertionError', 'ReferenceError'].includes(
    error.name,
  )
}
