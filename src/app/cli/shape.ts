/** The commands as plain data: what the manual page and the completions of shells are made of. */
import type { Command, Option } from 'commander'

export interface CommandShape {
  /** `lab run`; empty for the program itself. */
  readonly name: string
  readonly description: string
  /** `[files...]` */
  readonly operands: string
  readonly arguments: readonly { readonly name: string; readonly description: string }[]
  readonly options: readonly OptionShape[]
  /** What its operand can be, where that is a choice. */
  readonly choices: readonly string[]
  /** Names of commands below it. */
  readonly below: readonly string[]
}

export interface OptionShape {
  readonly short?: string
  readonly long: string
  /** `<file>`, where it takes one. */
  readonly value?: string
  readonly description: string
  readonly choices: readonly string[]
}

/** The program first, then its commands in their order, each before those below it. */
export function shapesOf(command: Command, above: readonly string[] = []): CommandShape[] {
  const name = above.join(' ')
  const shape: CommandShape = {
    name,
    description: command.description(),
    operands: command.registeredArguments
      .map((operand) => {
        const dots = operand.variadic ? '...' : ''
        return operand.required ? `<${operand.name()}${dots}>` : `[${operand.name()}${dots}]`
      })
      .join(' '),
    arguments: command.registeredArguments.map((operand) => ({
      name: operand.name(),
      description: operand.description,
    })),
    options: command.createHelp().visibleOptions(command).map(optionShape),
    choices: command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []),
    below: command.commands.map((below) => below.name()),
  }
  return [shape, ...command.commands.flatMap((below) => shapesOf(below, [...above, below.name()]))]
}

function optionShape(option: Option): OptionShape {
  const value = /[<[].*$/.exec(option.flags)?.[0]
  const shown = option.defaultValueDescription
  const isPlain = typeof option.defaultValue === 'string' || Number(option.defaultValue) > 0
  const preset = shown ?? (isPlain && !option.negate ? String(option.defaultValue) : undefined)
  return {
    ...(option.short && { short: option.short }),
    long: option.long ?? option.flags,
    ...(value !== undefined && { value }),
    description: preset === undefined ? option.description : `${option.description} (${preset})`,
    choices: option.argChoices ?? [],
  }
}
