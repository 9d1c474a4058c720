/**
 * The commands and what they take. A command is loaded when it runs, so that none waits for what the
 * others need. The manual page and the completions of shells are made from this.
 */
import { existsSync } from 'node:fs'
import { Argument, Command } from 'commander'
import { shown } from '../../core/text.ts'
import { QUERY_FORMATS } from '../choices.ts'
import { backtrackCommands } from '../commands/backtrack-options.ts'
import type { CarveFlags } from '../commands/carve.ts'
import { honeynetCommands } from '../commands/honeynet-options.ts'
import { measureCommands } from '../commands/incidents-options.ts'
import type { InfoFlags } from '../commands/info.ts'
import type { LabFlags } from '../commands/lab.ts'
import type { LiveFlags } from '../commands/live.ts'
import { liveOptions } from '../commands/live-options.ts'
import type { QueryFlags } from '../commands/query.ts'
import type { ReadFlags } from '../commands/read.ts'
import type { ReportFlags } from '../commands/report.ts'
import type { ServeFlags } from '../commands/serve.ts'
import { taintCommands } from '../commands/taint-options.ts'
import { wallCommands } from '../commands/wall-options.ts'
import { EXIT, type ExitCode, UsageError } from '../exit-codes.ts'
import { packageVersion } from '../package-files.ts'
import { defaultStore } from '../serve/state.ts'
import { SHELLS, type Shell } from './completion.ts'
import { answerOptions, formatOption, jsonOption } from './formats.ts'
import { readOptions, serveOptions } from './options.ts'
import { each } from './values.ts'

type Done = (code: ExitCode) => void

export const DESCRIPTION = `Sees and explains peer-to-peer traffic.

Reads packet captures, recognises the P2P flows in them, reads their messages, and says who does what with whom and how it knows.`

export const AFTER = `
Examples:
  peerscope -r capture.pcapng                    a summary for people
  peerscope -r capture.pcapng --serve            a page on http://127.0.0.1:8686/
  peerscope -r capture.pcapng --format eve       Suricata EVE JSON, one event a line
  tcpdump -w - | peerscope -r -                  standard input; Ctrl-C ends both, the summary comes
  peerscope live -i eth0                         the same of an interface, as it passes
  peerscope serve -i eth0                        the same as a page
  peerscope info capture.pcapng                  what kind of file that is
  peerscope wall --dry-run                       what would be blocked on a gateway, and how
  peerscope incidents -r trace/                  whom many ask though nobody is there; diagnose says why

Exit status: 0 done, 1 failed, 2 wrong usage, 3 findings (--fail-on),
4 a capture is damaged and was read up to there, 130 interrupted.`

export function program(done: Done): Command {
  const peerscope = new Command('peerscope')
  peerscope
    .description(DESCRIPTION)
    .addHelpText('after', AFTER)
    .version(packageVersion(), '-V, --version')
    .exitOverride()
    .helpCommand('help [command]', 'say what a command does')
    .enablePositionalOptions()
    .configureOutput({
      outputError: (text, write) => write(text.replace(/^error: /, 'peerscope: ')),
    })
    .argument('[files...]', 'captures, as after -r')
  readOptions(peerscope).action(async (operands: string[], flags: ReadFlags & ServeFlags) => {
    const [first] = operands
    if (first === undefined && flags.read === undefined) {
      peerscope.outputHelp({ error: true })
      return done(EXIT.usage)
    }
    if (first !== undefined && isMistypedCommand(first)) {
      const names = peerscope.commands.map((command) => command.name()).join(', ')
      throw new UsageError(`'${first}' is neither a file nor a command (${names})`)
    }
    done(await read(operands, flags))
  })
  readingCommands(peerscope, done)
  liveCommands(peerscope, done)
  servingCommands(peerscope, done)
  wallCommands(peerscope, done)
  reportCommands(peerscope, done)
  measureCommands(peerscope, done)
  honeynetCommands(peerscope, done)
  backtrackCommands(peerscope, done)
  taintCommands(peerscope, done)
  labCommands(peerscope, done)
  ownCommands(peerscope, done)
  hintAtHelp(peerscope)
  return peerscope
}

/** Of a command that is none there is no help to give. @throws UsageError */
export function refuseUnknownHelp(peerscope: Command, [first, name]: readonly string[]): void {
  if (first !== 'help' || name === undefined || name === 'help' || name.startsWith('-')) return
  const names = peerscope.commands.map((command) => command.name())
  if (names.includes(name)) return
  throw new UsageError(`unknown command '${shown(name)}' (there are ${names.join(', ')})`)
}

/** Where more is said about a command. */
export function helpHint(command: Command): string {
  const names: string[] = []
  for (let at: Command | null = command; at !== null; at = at.parent) names.unshift(at.name())
  return `(${names.join(' ')} --help says more)`
}

function hintAtHelp(command: Command): void {
  command.showHelpAfterError(helpHint(command))
  for (const each of command.commands) hintAtHelp(each)
}

async function read(operands: readonly string[], flags: ReadFlags & ServeFlags): Promise<ExitCode> {
  if (flags.serve) {
    if (flags.format !== undefined || flags.json || flags.write !== undefined) {
      throw new UsageError('--serve opens a page and writes nothing: leave --format and -w')
    }
    const { serveCommand } = await import('../commands/serve.ts')
    return serveCommand(operands, flags)
  }
  if (flags.listen !== undefined) throw new UsageError('--listen is for --serve')
  if (flags.dark !== undefined) {
    throw new UsageError('--dark is for --serve; peerscope incidents writes what it finds')
  }
  const { readCommand } = await import('../commands/read.ts')
  return readCommand(operands, flags)
}

function readingCommands(peerscope: Command, done: Done): void {
  const reading = peerscope
    .command('read')
    .description('read captures; the same as peerscope -r')
    .argument('[files...]', 'captures, folders of them, or - for standard input')
  readOptions(reading).action(async (operands: string[], flags: ReadFlags & ServeFlags) => {
    done(await read(operands, flags))
  })
  const info = peerscope
    .command('info')
    .description('say what a capture is: format, link types, packets, times, damage')
    .argument('<files...>', 'captures, folders of them, or - for standard input')
  answerOptions(info)
    .option('--no-color', 'no colours')
    .action(async (operands: string[], flags: InfoFlags) => {
      const { infoCommand } = await import('../commands/info.ts')
      done(await infoCommand(operands, flags))
    })
}

function liveCommands(peerscope: Command, done: Done): void {
  const live = peerscope
    .command('live')
    .description('watch interfaces; Ctrl-C ends it, and what came before is told')
    .argument('[interfaces...]', 'as after -i')
  liveOptions(live).action(async (operands: string[], flags: LiveFlags) => {
    const { liveCommand } = await import('../commands/live.ts')
    done(await liveCommand(operands, flags))
  })
}

function servingCommands(peerscope: Command, done: Done): void {
  const serving = peerscope
    .command('serve')
    .description('open a page that shows what P2P is in captures, on an interface, or in a store')
    .argument('[files...]', 'captures, as after -r')
  serveOptions(serving).action(async (operands: string[], flags: ServeFlags) => {
    const { serveCommand } = await import('../commands/serve.ts')
    done(await serveCommand(operands, flags))
  })
}

function reportCommands(peerscope: Command, done: Done): void {
  peerscope
    .command('carve')
    .description(
      'write the packets of chosen flows as pcapng, with comments that say what they show',
    )
    .argument('<files...>', 'captures or folders of them; or one store')
    .requiredOption('--where <expression>', "which flows: 'host==10.0.0.5 && sureness>=likely'")
    .option('-f, --filter <expression>', 'only packets that a BPF expression lets through')
    .option('-w, --write <file>', 'file to write, - for standard output', '-')
    .option('-q, --quiet', 'no notes on standard error')
    .action(async (files: string[], flags: CarveFlags) => {
      const { carveCommand } = await import('../commands/carve.ts')
      done(await carveCommand(files, flags))
    })
  jsonOption(peerscope.command('query'))
    .description('ask a store in SQL; nothing can be written')
    .argument('<sql>', 'one statement: "select …"; "show tables" says what there is')
    .option('--store <file>', 'the store, unless it is where serve keeps it')
    .addOption(formatOption(QUERY_FORMATS, 'how rows are written').default('text'))
    .action(async (sql: string, flags: Partial<QueryFlags>) => {
      const { queryCommand } = await import('../commands/query.ts')
      done(await queryCommand(sql, { store: defaultStore(), ...flags }))
    })
  peerscope
    .command('report')
    .description('write what captures, or a store, hold as one HTML file for print')
    .argument('<files...>', 'captures, folders of them, - for standard input; or one store')
    .option('-f, --filter <expression>', 'only packets that a BPF expression lets through')
    .option('-o, --output <file>', 'file to write, - for standard output', '-')
    .option('-w, --write <file>', 'the same as -o')
    .action(async (files: string[], flags: ReportFlags) => {
      const { reportCommand } = await import('../commands/report.ts')
      done(await reportCommand(files, flags))
    })
}

function labCommands(peerscope: Command, done: Done): void {
  const lab = peerscope.command('lab').description('peers of our own in a network in memory')
  const running = lab
    .command('run')
    .description('play a scenario and say what came of it; exit 3 where it is not as expected')
    .argument('<scenario>', 'a YAML file, see docs/guide/lab.md')
    .option('-w, --write <file>', 'capture of all packets, pcapng; its truth goes beside it')
  answerOptions(running)
    .option('-q, --quiet', 'no progress on standard error')
    .action(async (scenario: string, flags: LabFlags) => {
      const { labRunCommand } = await import('../commands/lab.ts')
      done(labRunCommand(scenario, flags))
    })
}

function ownCommands(peerscope: Command, done: Done): void {
  const config = peerscope.command('config').description('what peerscope.yaml says, and may say')
  config
    .command('check')
    .description('say where the configuration is wrong, or each value and who said it')
    .argument('[file]', 'instead of /etc/peerscope/peerscope.yaml')
    .option('--set <key=value>', 'instead of what the configuration says: store.keep=30d', each)
    .action(async (file: string | undefined, flags: { set?: string[] }) => {
      const { configCheckCommand } = await import('../commands/config.ts')
      done(configCheckCommand({ ...flags, ...(file !== undefined && { config: file }) }))
    })
  peerscope
    .command('completion')
    .description('print what a shell completes peerscope by')
    .addArgument(new Argument('<shell>', 'whose completion').choices(SHELLS))
    .action(async (shell: Shell) => {
      const { completionCommand } = await import('../commands/completion.ts')
      done(completionCommand(shell, peerscope))
    })
  config
    .command('schema')
    .description('its JSON Schema, for editors')
    .action(async () => {
      const { configSchemaCommand } = await import('../commands/config.ts')
      done(configSchemaCommand())
    })
}

/** A bare word that is no file is more likely a command with a slip in it. */
function isMistypedCommand(word: string): boolean {
  return /^[a-z]+$/.test(word) && !existsSync(word)
}
