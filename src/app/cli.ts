/**
 * The command line: options, help, and what an error means for the exit code. A command is loaded
 * when it runs, so that none waits for what the others need.
 */
import { existsSync, readFileSync } from 'node:fs'
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { FORMATS, MESSAGES, SEVERITIES } from './choices.ts'
import type { LabFlags } from './commands/lab.ts'
import type { ReadFlags } from './commands/read.ts'
import { EXIT, type ExitCode, UsageError } from './exit-codes.ts'
import { ReaderGone } from './output.ts'

const DESCRIPTION = `Sees and explains peer-to-peer traffic.

Reads packet captures, recognises the P2P flows in them, reads their messages, and says who does what with whom and how it knows.`

const AFTER = `
Examples:
  peerscope -r capture.pcapng                    a summary for people
  peerscope -r capture.pcapng --format eve       Suricata EVE JSON, one event a line
  tcpdump -w - | peerscope -r -                  standard input; Ctrl-C ends both, the summary comes
  peerscope info capture.pcapng                  what kind of file that is

Exit status: 0 done, 1 failed, 2 wrong usage, 3 findings (--fail-on),
4 a capture is damaged and was read up to there, 130 interrupted.`

/** @returns the exit status */
export async function main(args: readonly string[]): Promise<ExitCode> {
  let status: ExitCode = EXIT.ok
  const program = build((code) => {
    status = code
  })
  try {
    await program.parseAsync([...args], { from: 'user' })
    return status
  } catch (error) {
    return failure(error)
  }
}

function failure(error: unknown): ExitCode {
  if (error instanceof ReaderGone) return EXIT.ok
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
  if (!(error instanceof Error)) throw error
  // A bug of ours shows where it is; the world's errors show what they are.
  const known = error instanceof UsageError || 'code' in error || error.cause !== undefined
  process.stderr.write(`peerscope: ${known || isWorlds(error) ? error.message : error.stack}\n`)
  if (error instanceof UsageError) {
    process.stderr.write('(peerscope --help says more)\n')
    return EXIT.usage
  }
  return USAGE_ERRORS.includes(error.name) ? EXIT.usage : EXIT.failed
}

/** What was asked for is wrong, not the world. */
const USAGE_ERRORS: readonly string[] = ['FilterError', 'ScenarioError']

/** Typed errors of the outside world have a name of their own. */
function isWorlds(error: Error): boolean {
  return !['Error', 'TypeError', 'RangeError', 'AssertionError', 'ReferenceError'].includes(
    error.name,
  )
}

function build(done: (code: ExitCode) => void): Command {
  const program = new Command('peerscope')
  program
    .description(DESCRIPTION)
    .addHelpText('after', AFTER)
    .version(version(), '-V, --version')
    .exitOverride()
    .helpCommand('help [command]', 'say what a command does')
    .enablePositionalOptions()
    .showHelpAfterError('(peerscope --help says more)')
    .argument('[files...]', 'captures, as after -r')
  readOptions(program).action(async (operands: string[], flags: ReadFlags) => {
    const [first] = operands
    if (first === undefined && flags.read === undefined) {
      program.outputHelp({ error: true })
      return done(EXIT.usage)
    }
    if (first !== undefined && isMistypedCommand(first)) {
      throw new UsageError(`'${first}' is neither a file nor a command (read, info, lab)`)
    }
    done(await read(operands, flags))
  })
  const reading = program
    .command('read')
    .description('read captures; the same as peerscope -r')
    .argument('[files...]', 'captures, folders of them, or - for standard input')
  readOptions(reading).action(async (operands: string[], flags: ReadFlags) => {
    done(await read(operands, flags))
  })
  program
    .command('info')
    .description('say what a capture is: format, link types, packets, times, damage')
    .argument('<files...>', 'captures, folders of them, or - for standard input')
    .option('--json', 'one JSON object a capture')
    .option('--no-color', 'no colours')
    .action(async (operands: string[], flags: { json?: boolean; color: boolean }) => {
      const { infoCommand } = await import('./commands/info.ts')
      done(await infoCommand(operands, flags))
    })
  labCommands(program, done)
  return program
}

async function read(operands: readonly string[], flags: ReadFlags): Promise<ExitCode> {
  const { readCommand } = await import('./commands/read.ts')
  return readCommand(operands, flags)
}

function labCommands(program: Command, done: (code: ExitCode) => void): void {
  const lab = program.command('lab').description('peers of our own in a network in memory')
  lab
    .command('run')
    .description('play a scenario and say what came of it; exit 3 where it is not as expected')
    .argument('<scenario>', 'a YAML file, see docs/guide/lab.md')
    .option('-w, --write <file>', 'capture of all packets, pcapng; its truth goes beside it')
    .option('--json', 'one JSON object')
    .option('-q, --quiet', 'no progress on standard error')
    .action(async (scenario: string, flags: LabFlags) => {
      const { labRunCommand } = await import('./commands/lab.ts')
      done(labRunCommand(scenario, flags))
    })
}

function readOptions(command: Command): Command {
  return command
    .option('-r, --read <files...>', 'captures, folders of them, or - for standard input')
    .option('-f, --filter <expression>', 'only packets that a BPF expression lets through')
    .addOption(
      new Option('--format <format>', 'what to write')
        .choices(FORMATS)
        .default(undefined, 'summary'),
    )
    .option('--json', 'the same as --format ndjson')
    .option('-w, --write <path>', 'file to write, - for standard output; a folder for zeek', once)
    .addOption(
      new Option(
        '--messages <which>',
        'decoded messages to write: all also has those that only carry data',
      )
        .choices(MESSAGES)
        .default('notable'),
    )
    .option('--count <packets>', 'stop after so many packets', positive)
    .addOption(
      new Option(
        '--fail-on <severity>',
        'exit 3 on a threat this severe, or a P2P host with a score of 1 (low), 50 (medium), 80 (high)',
      ).choices(SEVERITIES),
    )
    .option('-l, --line-buffered', 'hand on every line at once')
    .option('-q, --quiet', 'no progress and no notes on standard error')
    .option(
      '-v, --verbose',
      'list more; twice: list all',
      (_: string, count: number) => count + 1,
      0,
    )
    .option('--no-color', 'no colours (also NO_COLOR, TERM=dumb; CLICOLOR_FORCE=1 forces them)')
}

function positive(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError('Not a number of packets.')
  return value
}

/** What can have one value only: of two, neither is meant more than the other. */
function once(value: string, earlier: string | undefined): string {
  if (earlier !== undefined) throw new InvalidArgumentError(`There is '${earlier}' already.`)
  return value
}

/** A bare word that is no file is more likely a command with a slip in it. */
function isMistypedCommand(word: string): boolean {
  return /^[a-z]+$/.test(word) && !existsSync(word)
}

/** Out of package.json, which lies above both src/ and dist/. */
function version(): string {
  for (let up = '../'; up.length < 18; up += '../') {
    const file = new URL(`${up}package.json`, import.meta.url)
    if (existsSync(file))
      return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
  }
  return 'unknown'
}
