/** The options that say how something is written: alike for all commands. */
import { type Command, Option } from 'commander'
import { ANSWER_FORMATS } from '../choices.ts'
import { UsageError } from '../exit-codes.ts'

/** Names that `text` had before are still taken, and shown nowhere. */
const BEFORE: readonly string[] = ['summary', 'table']

export function formatOption(formats: readonly string[], what = 'what to write'): Option {
  const option = new Option('--format <format>', what).choices(formats)
  const choose = option.parseArg!
  return option.argParser((text: string, before: unknown) => {
    return choose(BEFORE.includes(text) ? 'text' : text, before)
  })
}

/** `--json` where `--format` has a `json`. */
export function jsonOption(command: Command): Command {
  return command
    .addOption(new Option('--json', 'the same as --format json').implies({ format: 'json' }))
    .hook('preAction', (running) => {
      const { json, format } = running.opts<{ json?: boolean; format: string }>()
      if (!json || format === 'json') return
      throw new UsageError(`--json is --format json and cannot be --format ${format}`)
    })
}

/** `--format text|json` and `--json`, of commands that write one or the other. */
export function answerOptions(command: Command, what?: string): Command {
  return jsonOption(command.addOption(formatOption(ANSWER_FORMATS, what).default('text')))
}
