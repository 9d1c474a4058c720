/** What a terminal can show, by the habits that programs share. */

/** Cells of a line where no terminal says otherwise: the same in every pipe. */
const WIDTH_WITHOUT_TERMINAL = 100

interface Stream {
  readonly isTTY?: boolean
  readonly columns?: number
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Whether to colour: `--no-color` first, then NO_COLOR (no-color.org), CLICOLOR_FORCE
 * (bixense.com/clicolors), TERM=dumb, and whether anybody looks.
 */
export function wantsColour(stream: Stream, env: Environment, option: boolean): boolean {
  if (!option || (env.NO_COLOR ?? '') !== '') return false
  if ((env.CLICOLOR_FORCE ?? '0') !== '0' && env.CLICOLOR_FORCE !== '') return true
  return stream.isTTY === true && env.TERM !== 'dumb'
}

export function widthOf(stream: Stream): number {
  return stream.isTTY && stream.columns ? stream.columns : WIDTH_WITHOUT_TERMINAL
}
