/** Makes man/peerscope.1 out of the commands as they are defined. */
import { AFTER, DESCRIPTION, program } from '../src/app/cli/program.ts'
import { type CommandShape, type OptionShape, shapesOf } from '../src/app/cli/shape.ts'

/** Backslashes and leading dots mean something to roff; hyphens are to be typed as they stand. */
function roff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll(/^([.'])/gm, '\\&$1')
    .replaceAll(/[^ -~\n]/gu, (sign) => `\\[u${hex(sign)}]`)
}

function hex(sign: string): string {
  return sign.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')
}

function bold(text: string): string {
  return `\\fB${roff(text)}\\fR`
}

function italic(text: string): string {
  return `\\fI${roff(text)}\\fR`
}

function optionLines({ short, long, value, description, choices }: OptionShape): string[] {
  const flags = [short, long].filter((flag) => flag !== undefined).map(bold)
  const what = value === undefined ? '' : ` ${italic(value.replaceAll(/[<>]/g, ''))}`
  const said = choices.length > 0 ? `${description}: ${choices.join(', ')}` : description
  return ['.TP', `${flags.join(', ')}${what}`, roff(said)]
}

function commandLines(shape: CommandShape): string[] {
  const operands = shape.operands === '' ? '' : ` ${italic(shape.operands)}`
  return [
    `.SS ${bold(`peerscope ${shape.name}`)}${operands}`,
    `${roff(sentence(shape.description))}`,
    ...shape.arguments
      .filter(({ description }) => description !== '')
      .flatMap(({ name, description }) => ['.TP', italic(name), roff(description)]),
    ...shape.options.filter(({ long }) => long !== '--help').flatMap(optionLines),
  ]
}

function sentence(text: string): string {
  return `${text[0]!.toUpperCase()}${text.slice(1)}.`
}

/** Examples stand as they are typed; what follows them in the help is a section of its own. */
function afterLines(): string[] {
  const [examples, status] = AFTER.split('\nExit status: ')
  const lines = examples!.trim().split('\n').slice(1)
  return [
    '.SH EXIT STATUS',
    roff(sentence(status!.replaceAll('\n', ' ').replace(/\.$/, ''))),
    '.SH EXAMPLES',
    ...lines.flatMap((line) => {
      const [command, what] = line.trim().split(/ {2,}/)
      return ['.TP', bold(command!), roff(what ?? '')]
    }),
  ]
}

export function manualPage(): string {
  const [own, ...commands] = shapesOf(program(() => undefined))
  const [first, ...rest] = DESCRIPTION.split('\n\n')
  return `${[
    '.\\" Made by `npm run generate` from src/app/cli. Do not edit.',
    '.TH PEERSCOPE 1',
    '.SH NAME',
    `peerscope \\- ${roff(first!.replace(/\.$/, '').toLowerCase())}`,
    '.SH SYNOPSIS',
    `.B peerscope`,
    `[${italic('options')}] ${italic('files')}...`,
    '.br',
    '.B peerscope',
    `${italic('command')} [${italic('options')}]`,
    '.SH DESCRIPTION',
    ...rest.map(roff),
    '.SH OPTIONS',
    ...own!.options.flatMap(optionLines),
    '.SH COMMANDS',
    ...commands.flatMap(commandLines),
    ...afterLines(),
    '.SH FILES',
    '.TP',
    '.I /etc/peerscope/peerscope.yaml',
    roff('The configuration of serve; peerscope config schema says what it may hold.'),
    '.TP',
    '.I ~/.local/state/peerscope/peerscope.duckdb',
    roff('Where serve keeps what it saw on interfaces, unless told otherwise.'),
    '.SH SEE ALSO',
    '.BR tcpdump (1),',
    '.BR wireshark (1),',
    '.BR pcap\\-filter (7)',
  ].join('\n')}\n`
}
