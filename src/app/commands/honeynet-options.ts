/** `peerscope honeynet`, apart from what it needs when it runs. */
import { type Command, InvalidArgumentError } from 'commander'
import { FORMATS } from '../choices.ts'
import { formatOption } from '../cli/formats.ts'
import { once, place } from '../cli/values.ts'
import type { ExitCode } from '../exit-codes.ts'
import type { HoneynetFlags } from './honeynet.ts'

type Done = (code: ExitCode) => void

export function honeynetCommands(peerscope: Command, done: Done): void {
  peerscope
    .command('honeynet')
    .description('answer for addresses where nobody is, and learn what callers want there')
    .requiredOption('--dark <network>', 'a network of yours in which nobody is')
    .option('--i-own-it', 'the network is neither private nor for documentation, and yours')
    .option('--tun <name>', 'name of the device that is made', 'peerscope0')
    .option('--rate <answers>', 'answers a second to one /24, 1000 unless told', positive)
    .option('-w, --write <file>', 'capture of all packets, pcapng')
    .option(
      '--content <urn...>',
      'contents that encrypted callers may want, besides those asked for',
      urn,
    )
    .addOption(
      formatOption(
        FORMATS.filter((format) => format !== 'zeek'),
        'what to write to standard output',
      ).default('text', 'text, when it ends'),
    )
    .option('--listen <place>', 'open a page that shows who calls: HOST:PORT', place)
    .option('--store <file>', 'keep what the page shows in this file', once)
    .option('--token-file <file>', 'whoever looks must know what stands in this file', once)
    .option('--duration <seconds>', 'stop after so long', positive)
    .option('-l, --line-buffered', 'hand on every line at once')
    .option('-q, --quiet', 'no notes on standard error')
    .option('--no-color', 'no colours')
    .action(async (flags: HoneynetFlags) => {
      const { honeynetCommand } = await import('./honeynet.ts')
      done(await honeynetCommand(flags))
    })
}

function positive(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 1 || value > 1e9) {
    throw new InvalidArgumentError('Not a whole number from 1 on.')
  }
  return value
}

function urn(text: string, earlier: readonly string[] = []): readonly string[] {
  if (!/^urn:[a-z0-9]+:\S+$/i.test(text))
    throw new InvalidArgumentError('No URN, as in a magnet link.')
  return [...earlier, text]
}
