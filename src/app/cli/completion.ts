/** Completions for shells, out of the commands as they are defined. */
import type { CommandShape, OptionShape } from './shape.ts'

export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

export function completionText(shell: Shell, shapes: readonly CommandShape[]): string {
  return { bash, zsh, fish }[shell](shapes)
}

/** Words that look the same to every shell between single quotes. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

function flagsOf({ short, long }: OptionShape): string[] {
  return short === undefined ? [long] : [short, long]
}

function bash(shapes: readonly CommandShape[]): string {
  const below = shapes.filter(({ name }) => name !== '')
  const values = shapes.flatMap(({ name, options }) =>
    options
      .filter(({ choices }) => choices.length > 0)
      .map((option) => {
        const cases = flagsOf(option).map((flag) => quoted(`${name}:${flag}`))
        return `    ${cases.join('|')}) COMPREPLY=($(compgen -W ${quoted(option.choices.join(' '))} -- "$cur")); return ;;`
      }),
  )
  const options = shapes.map(
    ({ name, options }) =>
      `      ${quoted(name)}) COMPREPLY=($(compgen -W ${quoted(options.flatMap(flagsOf).join(' '))} -- "$cur")) ;;`,
  )
  const commands = shapes
    .filter(({ below, choices }) => below.length + choices.length > 0)
    .map(
      ({ name, below, choices }) =>
        `    ${quoted(name)}) COMPREPLY=($(compgen -W ${quoted([...below, ...choices].join(' '))} -- "$cur")) ;;`,
    )
  return `# bash completion of peerscope: source it, or put it into bash-completion's folder.
_peerscope() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} command='' word
  COMPREPLY=()
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "\${command:+$command }$word" in
      ${below.map(({ name }) => quoted(name)).join('|')}) command="\${command:+$command }$word" ;;
    esac
  done
  case "$command:$prev" in
${values.join('\n')}
  esac
  if [[ $cur == -* ]]; then
    case "$command" in
${options.join('\n')}
    esac
    return
  fi
  case "$command" in
${commands.join('\n')}
  esac
  COMPREPLY+=($(compgen -f -- "$cur"))
}
complete -o filenames -F _peerscope peerscope
`
}

function zsh(shapes: readonly CommandShape[]): string {
  const functions = shapes.map((shape) => zshFunction(shape, shapes))
  return `#compdef peerscope
# zsh completion of peerscope: put it as _peerscope into a folder of fpath.
${functions.join('\n')}
_peerscope "$@"
`
}

function zshFunction(shape: CommandShape, shapes: readonly CommandShape[]): string {
  const specs = shape.options.flatMap((option) =>
    flagsOf(option).map((flag) => `    ${quoted(zshSpec(flag, option))} \\`),
  )
  const name = zshName(shape.name)
  if (shape.below.length === 0) {
    const what = shape.choices.length > 0 ? `(${shape.choices.join(' ')})` : '_files'
    return `${name}() {\n  _arguments \\\n${specs.join('\n')}\n    '*:operand:${what}'\n}`
  }
  const below = shape.below.map((word) => {
    const full = shape.name === '' ? word : `${shape.name} ${word}`
    const description = shapes.find((each) => each.name === full)?.description ?? ''
    return `    ${quoted(`${word}:${description.replaceAll(':', '\\:')}`)}`
  })
  const cases = shape.below.map((word) => {
    const full = shape.name === '' ? word : `${shape.name} ${word}`
    return `      ${word}) ${zshName(full)} ;;`
  })
  return `${name}() {
  local line state
  local -a commands=(
${below.join('\n')}
  )
  _arguments -C \\
${specs.join('\n')}
    '1: :->first' \\
    '*::arg:->rest'
  case $state in
    first) _describe command commands; _files ;;
    rest) case $line[1] in
${cases.join('\n')}
      *) _files ;;
    esac ;;
  esac
}`
}

function zshName(command: string): string {
  return command === '' ? '_peerscope' : `_peerscope_${command.replaceAll(' ', '_')}`
}

/** \`--format[what to write]:value:(eve csv)\` */
function zshSpec(flag: string, { description, value, choices }: OptionShape): string {
  const said = description.replaceAll(/[[\]\\:]/g, (sign) => `\\${sign}`)
  if (value === undefined) return `*${flag}[${said}]`
  const what = choices.length > 0 ? `(${choices.join(' ')})` : '_files'
  return `*${flag}[${said}]:${value.replaceAll(/[<>[\].]/g, '')}:${what}`
}

function fish(shapes: readonly CommandShape[]): string {
  const lines = shapes.flatMap((shape) => {
    const condition = fishCondition(shape)
    const below = shape.below.map((word) => {
      const full = shape.name === '' ? word : `${shape.name} ${word}`
      const description = shapes.find(({ name }) => name === full)?.description ?? ''
      return `complete -c peerscope -n ${quoted(condition)} -a ${word} -d ${quoted(description)}`
    })
    const options = shape.options.map((option) => fishOption(option, condition))
    const choices = shape.choices.map(
      (word) => `complete -c peerscope -n ${quoted(condition)} -xa ${word}`,
    )
    return [...below, ...choices, ...options]
  })
  return `# fish completion of peerscope: put it into ~/.config/fish/completions/peerscope.fish.
${lines.join('\n')}
`
}

function fishCondition({ name, below }: CommandShape): string {
  const words = name.split(' ')
  const seen = name === '' ? [] : words.map((word) => `__fish_seen_subcommand_from ${word}`)
  const none = below.length > 0 ? [`not __fish_seen_subcommand_from ${below.join(' ')}`] : []
  return [...seen, ...none].join('; and ')
}

function fishOption(option: OptionShape, condition: string): string {
  const { short, long, value, description, choices } = option
  const flags = [
    ...(short === undefined ? [] : [`-s ${short.slice(1)}`]),
    ...(long.startsWith('--') ? [`-l ${long.slice(2)}`] : []),
    ...(value === undefined
      ? []
      : [choices.length > 0 ? `-xa ${quoted(choices.join(' '))}` : '-r']),
  ]
  return `complete -c peerscope -n ${quoted(condition)} ${flags.join(' ')} -d ${quoted(description)}`
}
