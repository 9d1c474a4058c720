/** Options that several commands share, and those that are many. */
import { type Command, Option } from 'commander'
import { FORMATS, MESSAGES, SEVERITIES } from '../choices.ts'
import { interfaceOptions } from '../commands/live-options.ts'
import { formatOption } from './formats.ts'
import { commas, each, once, place, positive, size } from './values.ts'

export function readOptions(command: Command): Command {
  return command
    .option('-r, --read <files...>', 'captures, folders of them, or - for standard input')
    .option('-f, --filter <expression>', 'only packets that a BPF expression lets through')
    .addOption(formatOption(FORMATS).default(undefined, 'text'))
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
    .option('--serve', 'open a page that shows it, instead of writing: see peerscope help serve')
    .option('--listen <place>', 'with --serve: HOST:PORT of the page', place)
    .option('--dark <networks>', 'with --serve: networks in which nobody is', commas)
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

export function serveOptions(command: Command): Command {
  return interfaceOptions(command)
    .option('-r, --read <files...>', 'captures, folders of them, or - for standard input')
    .option('-f, --filter <expression>', 'only packets that a BPF expression lets through')
    .addOption(
      new Option('--messages <which>', 'decoded messages to keep')
        .choices(MESSAGES)
        .default('notable'),
    )
    .option('--store <file>', 'keep what was seen in this file', once)
    .option('--keep-packets <size>', 'keep the last packets of interfaces: 500MB, 2GB', size)
    .option('--listen <place>', 'HOST:PORT of the page (127.0.0.1:8686)', place)
    .option('--dark <networks>', 'networks in which nobody is, with commas between', commas)
    .option('--token-file <file>', 'whoever looks must know what stands in this file', once)
    .option('--no-upload', 'take no captures from the page')
    .option('-c, --config <file>', 'peerscope.yaml, see docs/guide/config.md', once)
    .option('--set <key=value>', 'instead of what the configuration says: store.keep=30d', each)
    .option('-q, --quiet', 'log warnings and errors only')
}
