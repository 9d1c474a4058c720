/** `peerscope wall` and its options, apart from what they need when it runs. */
import { type Command, InvalidArgumentError, Option } from 'commander'
import { RULE_ENGINES, RULE_TARGETS, WALL_FORMATS } from '../choices.ts'
import { answerOptions } from '../cli/formats.ts'
import { each, once, place, webUrl } from '../cli/values.ts'
import type { ConfigFlags } from '../config/config.ts'
import type { ExitCode } from '../exit-codes.ts'
import type { WallFlags } from './wall.ts'
import type { WallRulesFlags } from './wall-rules.ts'
import type { WallTryFlags } from './wall-try.ts'

const QUEUE_MAX = 65_535

export function wallCommands(peerscope: Command, done: (code: ExitCode) => void): void {
  const wall = peerscope
    .command('wall')
    .description('block, throttle or permit P2P on its way through this machine')
  engineOptions(wall)
    .option('--shape <names...>', 'interfaces where HTB keeps rates that all flows of a rule share')
    .option('--no-rules', 'leave the rules of the kernel to others; only read the queue')
    .option('--dry-run', 'show the rules that would be installed, and do nothing')
    .addOption(new Option('--format <format>', 'what to write').choices(WALL_FORMATS))
    .option('-w, --write <file>', 'file to write, - for standard output')
    .option('--every-event', 'write all that is read of the first packets, not only decisions')
    .option('--log <classes>', 'lines on standard error: u U t T datagrams, connections; c p who')
    .option('--hook <command>', 'run it with held|free, host and rule when a host is caught')
    .option('--webhook <url>', 'post the same there as JSON', webUrl)
    .option('--webhook-secret <file>', 'holds the key that signs what is posted')
    .option(
      '--listen <place>',
      'open a page that shows what comes up and what is done: HOST:PORT',
      place,
    )
    .option('--store <file>', 'keep what the page shows in this file', once)
    .option('--token-file <file>', 'whoever looks must know what stands in this file', once)
    .option('--stats <seconds>', 'say how it goes so often; 0: never', seconds, 0)
    .action(async (flags: WallFlags) => {
      const { wallCommand } = await import('./wall.ts')
      done(await wallCommand(flags))
    })
  tryCommand(wall, done)
  rulesCommand(wall, done)
}

function tryCommand(wall: Command, done: (code: ExitCode) => void): void {
  const trying = wall
    .command('try')
    .description('say what each rule would have hit in captures or a store, and do nothing')
    .argument('<files...>', 'captures, folders of them, - for standard input; or one store')
    .option('--where <expression>', 'which flows of a store: host==10.0.0.0/8')
    .option('-c, --config <file>', 'peerscope.yaml with the policy')
    .option('--set <key=value>', 'instead of what the configuration says: wall.mode=deny', each)
  answerOptions(trying).action(async (files: string[], flags: WallTryFlags, command: Command) => {
    const { wallTryCommand } = await import('./wall-try.ts')
    done(await wallTryCommand(files, withConfig(flags, command)))
  })
}

function rulesCommand(wall: Command, done: (code: ExitCode) => void): void {
  wall
    .command('rules')
    .description('print what a policy refuses, for firewalls and resolvers without a wall')
    .addOption(
      new Option('--engine <target>', 'for whom: ports, names, or the addresses of a list')
        .choices(RULE_TARGETS)
        .makeOptionMandatory(),
    )
    .option('-c, --config <file>', 'peerscope.yaml with the policy')
    .option('--set <key=value>', 'instead of what the configuration says: wall.mode=deny', each)
    .option('--list <name>', 'which list of the policy')
    .option('--local', 'ports also for programs of this machine')
    .action(async (flags: WallRulesFlags, command: Command) => {
      const { wallRulesCommand } = await import('./wall-rules.ts')
      done(wallRulesCommand(withConfig(flags, command)))
    })
}

/** Of an option that a command has as well as the one above it, the latter is told. */
function withConfig<F extends ConfigFlags>(flags: F, command: Command): F {
  const { config, set } = command.parent?.opts<ConfigFlags>() ?? {}
  return { ...flags, ...(config !== undefined && { config }), ...(set !== undefined && { set }) }
}

/** What decides which rules there are. */
function engineOptions(command: Command): Command {
  return command
    .option('-c, --config <file>', 'peerscope.yaml, see docs/guide/wall.md')
    .option('--set <key=value>', 'instead of what the configuration says: wall.mode=deny', each)
    .option('--queue <number>', 'queue of netfilter, unless the configuration says it', queue)
    .option('--interface-in <names...>', 'interfaces behind which our hosts are')
    .option('--local', 'also what programs of this machine send and get')
    .addOption(
      new Option('--engine <engine>', 'what makes the rules: nft where it can queue')
        .choices(RULE_ENGINES)
        .default('auto'),
    )
}

function queue(text: string): number {
  return numberIn(0, QUEUE_MAX, text)
}

function seconds(text: string): number {
  return numberIn(0, 86_400, text)
}

function numberIn(least: number, most: number, text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < least || value > most) {
    throw new InvalidArgumentError(`Not a number from ${least} to ${most}.`)
  }
  return value
}
