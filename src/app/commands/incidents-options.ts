/** `incidents` and `diagnose`, apart from what they need when they run. */
import { type Command, InvalidArgumentError } from 'commander'
import { DIAGNOSIS_FORMATS, INCIDENT_FORMATS } from '../choices.ts'
import { formatOption, jsonOption } from '../cli/formats.ts'
import { commas } from '../cli/values.ts'
import type { ExitCode } from '../exit-codes.ts'
import type { DiagnoseFlags } from './diagnose.ts'
import type { IncidentsFlags } from './incidents.ts'

type Done = (code: ExitCode) => void

export function measureCommands(peerscope: Command, done: Done): void {
  const incidents = peerscope
    .command('incidents')
    .description('find where many ask one address that is not in the system')
  jsonOption(readingOptions(incidents))
    .option(
      '--sources <count>',
      'more than so many in one window are an incident; 100 unless told',
      atLeast(0),
    )
    .option('--window <hours>', 'hours in which sources are counted; 6 unless told', atLeast(1))
    .option('--state <file>', 'go on where the last run ended, and keep where this one does')
    .addOption(formatOption(INCIDENT_FORMATS).default('text'))
    .action(async (operands: string[], flags: IncidentsFlags) => {
      const { incidentsCommand } = await import('./incidents.ts')
      done(await incidentsCommand(operands, flags))
    })
  const diagnosis = peerscope
    .command('diagnose')
    .description('say why addresses that are in no system were told, with the evidence')
  jsonOption(readingOptions(diagnosis))
    .option('--routes <file>', 'announced networks: an MRT table or a network a line, - for stdin')
    .option(
      '--made-up <contents>',
      'contents that do not exist, of which a crawl asked to see who knows their peers',
      commas,
    )
    .option('--bug-report', "a report to the blamed clients' authors, as Markdown")
    .addOption(formatOption(DIAGNOSIS_FORMATS).default('text'))
    .action(async (operands: string[], flags: DiagnoseFlags) => {
      const { diagnoseCommand } = await import('./diagnose.ts')
      done(await diagnoseCommand(operands, flags))
    })
}

function readingOptions(command: Command): Command {
  return command
    .argument('[files...]', 'captures, as after -r')
    .option('-r, --read <files...>', 'captures, folders of them, or - for standard input')
    .option('-f, --filter <expression>', 'only packets that a BPF expression lets through')
    .option('--dark <networks>', 'networks in which nobody is, with commas between', commas)
    .option('-w, --write <file>', 'file to write, - for standard output', '-')
    .option('--no-color', 'no colours')
}

function atLeast(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (text === '' || !Number.isSafeInteger(value) || value < least) {
      throw new InvalidArgumentError(`Not a whole number from ${least} on.`)
    }
    return value
  }
}
