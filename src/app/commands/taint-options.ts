/** `peerscope taint`, apart from what it needs when it runs. */
import { type Command, InvalidArgumentError } from 'commander'
import { answerOptions } from '../cli/formats.ts'
import type { ExitCode } from '../exit-codes.ts'
import type { TaintFlags } from './taint.ts'

type Done = (code: ExitCode) => void

const SECONDS_MAX = 86_400
const MARKS_MAX = 8
const PORT_MAX = 65_535

export function taintCommands(peerscope: Command, done: Done): void {
  const taint = peerscope
    .command('taint')
    .description('run a client among marked peers, and see which of them it passes on')
    .argument(
      '[command...]',
      'the client, behind --; words such as {torrent} stand for what is there',
    )
    .option('--client <name>', 'one that is known, instead of a command: transmission, aria2 …')
    .option('--overlay <name>', 'what the client speaks: the first that is known unless told')
    .option('--feed <channels>', 'only by these, with commas between', (text) => text.split(','))
    .option('--seconds <count>', 'how long it lives', numberIn(1, SECONDS_MAX), 300)
    .option('--marks <count>', 'marks of each channel and group', numberIn(1, MARKS_MAX), 4)
    .option(
      '--port <port>',
      'where {port} says that it shall listen',
      numberIn(1, PORT_MAX),
      45_100,
    )
    .option('--user <name>', 'whom it runs as', 'nobody')
    .option('-w, --write <file>', 'capture of all packets, pcapng: the evidence')
  answerOptions(taint)
    .option('-q, --quiet', 'no notes on standard error')
    .action(async (words: string[], flags: TaintFlags) => {
      const { taintCommand } = await import('./taint.ts')
      done(await taintCommand(words, flags))
    })
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
