/** Options of `peerscope live`, apart from what they need when it runs. */
import { type Command, InvalidArgumentError, Option } from 'commander'
import { limits } from '../../core/limits.ts'
import { CAPTURE_WAYS, FORMATS, MESSAGES } from '../choices.ts'
import { formatOption } from '../cli/formats.ts'
import { commas } from '../cli/values.ts'

const WORKERS_MAX = 64
const RING_MEBIBYTES_MAX = limits.ringBytesMax / 1_048_576

/** Which interfaces, and how packets come from them. */
export function interfaceOptions(command: Command): Command {
  return command
    .option('-i, --interface <names...>', 'interfaces to watch')
    .addOption(
      new Option('--capture <way>', 'how packets come: out of the kernel, or from another program')
        .choices(CAPTURE_WAYS)
        .default('auto'),
    )
    .option('--workers <threads>', 'threads of each interface', numberIn(1, WORKERS_MAX), 1)
    .option(
      '--ring <MiB>',
      'memory of a ring; 64 to 256 unless told',
      numberIn(2, RING_MEBIBYTES_MAX),
    )
    .option(
      '-s, --snaplen <bytes>',
      'bytes of a packet that are taken',
      numberIn(64, limits.savedLength),
    )
    .option('-p, --no-promiscuous', 'only what is for this machine')
    .option('--user <name>', 'whom to become once the interfaces are open')
}

export function liveOptions(command: Command): Command {
  return interfaceOptions(command)
    .option('-f, --filter <expression>', 'only packets that a BPF expression lets through')
    .addOption(formatOption(FORMATS).default(undefined, 'text, when it ends'))
    .option('--json', 'the same as --format ndjson')
    .option('-w, --write <path>', 'file to write, - for standard output; a folder for zeek')
    .addOption(
      new Option('--messages <which>', 'decoded messages to write')
        .choices(MESSAGES)
        .default('notable'),
    )
    .option(
      '--dark <networks>',
      'tell incidents at networks in which nobody is, or at what is unanswered',
      commas,
    )
    .option('--stats <seconds>', 'say how it goes so often; 0: never', numberIn(0, 86_400), 10)
    .option('--duration <seconds>', 'stop after so long', numberIn(1, 1e9))
    .option('-a, --autostop <condition>', 'duration:SECONDS, as dumpcap has it', autostop)
    .option('--count <packets>', 'stop after so many packets', numberIn(1, Number.MAX_SAFE_INTEGER))
    .option('-l, --line-buffered', 'hand on every line at once')
    .option('-q, --quiet', 'no notes on standard error')
    .option('-v, --verbose', 'list more; twice: list all', (_, count: number) => count + 1, 0)
    .option('--no-color', 'no colours')
}

function numberIn(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!Number.isSafeInteger(value) || value < least || value > most) {
      throw new InvalidArgumentError(`Not a number from ${least} to ${most}.`)
    }
    return value
  }
}

function autostop(text: string): number {
  const seconds = /^duration:(\d{1,9})$/.exec(text)?.[1]
  if (seconds === undefined || Number(seconds) < 1) {
    throw new InvalidArgumentError('Only duration:SECONDS is known.')
  }
  return Number(seconds)
}
