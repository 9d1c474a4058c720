/** `peerscope backtrack`, apart from what it needs when it runs. */
import { type Command, InvalidArgumentError } from 'commander'
import { answerOptions } from '../cli/formats.ts'
import { commas, each } from '../cli/values.ts'
import type { ExitCode } from '../exit-codes.ts'
import type { BacktrackFlags } from './backtrack.ts'

type Done = (code: ExitCode) => void

export function backtrackCommands(peerscope: Command, done: Done): void {
  const backtrack = peerscope
    .command('backtrack')
    .description('ask servers, peers and nodes who told an address, and where it comes in')
    .argument('[about...]', 'number of an incident, content URN or hash, address or address:port')
    .option('--events <file>', 'events of read, honeynet or incidents: ndjson, eve or json')
    .option('--ask <part@address:port>', 'whom to ask first: tracker@10.0.0.1:6969/announce', each)
    .option('--allow <networks>', 'networks that may be asked besides loopback', commas)
    .option('--except <networks>', 'networks that are asked nothing, though allowed', commas)
    .option('--size <bytes>', 'size of the content, where it is asked for by hash and size', whole)
    .option('--dry-run', 'say whom it would ask first and who is left out; send nothing')
    .option('--map', 'ask every node whom it knows, whatever the content')
    .option('--hops <count>', 'words of peers that may lead to who is asked', whole, 2)
    .option('--rate <packets>', 'packets a second', positive, 50)
    .option('--packets <count>', 'packets in all', positive, 100_000)
    .option('--in-flight <count>', 'questions at once, of TCP and of UDP', positive, 64)
    .option('--network-rate <questions>', 'questions a second to one /24 or /48', positive, 10)
    .option(
      '--duration <seconds>',
      'ask again, as often as protocols bear it, for so long',
      positive,
    )
    .option('--from <address>', 'address of ours to ask from')
    .option('-w, --write <file>', 'capture of all packets, pcapng')
    .option('--state <file>', 'what is still to be asked: a crawl that was stopped goes on from it')
    .option('--store <file>', 'store that keeps what is said')
    .option('--graph <file>', 'who told whom what: out.graphml, or out.csv', each)
  answerOptions(backtrack)
    .option('-q, --quiet', 'no notes on standard error')
    .option('--no-color', 'no colours')
    .action(async (about: string[], flags: BacktrackFlags) => {
      const { backtrackCommand } = await import('./backtrack.ts')
      done(await backtrackCommand(about, flags))
    })
}

function whole(text: string): number {
  return atLeast(text, 0)
}

function positive(text: string): number {
  return atLeast(text, 1)
}

function atLeast(text: string, least: number): number {
  const value = Number(text)
  if (text === '' || !Number.isSafeInteger(value) || value < least) {
    throw new InvalidArgumentError(`Not a whole number from ${least} on.`)
  }
  return value
}
