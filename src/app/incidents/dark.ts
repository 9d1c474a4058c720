/** Where nobody is, as a command line or a configuration says it. */
import { shown } from '../../core/text.ts'
import { DarkSpace } from '../../services/incidents/dark-space.ts'
import { UsageError } from '../exit-codes.ts'

/** Instead of networks: what never answers is taken for dark. */
const UNANSWERED = 'unanswered'

export interface Dark {
  /** As they were named; none: what never answers. */
  readonly networks: readonly string[]
  readonly space: DarkSpace | undefined
}

/**
 * @param given  networks, or `unanswered` alone; undefined: nothing was said
 * @throws UsageError
 */
export function readDark(given: readonly string[] | undefined): Dark | undefined {
  if (given === undefined || given.length === 0) return undefined
  if (given.length === 1 && given[0] === UNANSWERED) return { networks: [], space: undefined }
  const space = DarkSpace.of(given)
  if (typeof space === 'string') {
    throw new UsageError(`--dark ${shown(space)}: not a network such as 198.51.100.0/24`)
  }
  return { networks: given, space }
}
