/** What the commands that measure share: captures are read to their end, and damage is told. */
import type { Event } from '../../core/event.ts'
import { countText } from '../../core/figures.ts'
import { shown } from '../../core/text.ts'
import { protocols } from '../../protocols/index.ts'
import { DarkSpace } from '../../services/incidents/dark-space.ts'
import { UsageError } from '../exit-codes.ts'
import { tellLeftOut, warn } from '../notes.ts'
import { type ReadOptions, readCaptures, type Totals } from '../pipeline.ts'
import { progressLine } from '../progress.ts'

export interface MeasuringFlags {
  readonly read?: readonly string[]
  readonly filter?: string
  readonly dark?: readonly string[]
  readonly write: string
  readonly color: boolean
}

/** Families that are shown beside P2P and are none. */
export const NEIGHBOURS: ReadonlySet<string> = new Set(
  protocols.filter(({ neighbour }) => neighbour !== undefined).map(({ name }) => name),
)

/** `family part` of those that answer no datagram. */
export const MUTE: ReadonlySet<string> = new Set(
  protocols.flatMap(({ name, mute = [] }) => mute.map((part) => `${name} ${part}`)),
)

const DIALECTS: ReadonlyMap<string, string> = new Map(
  protocols.flatMap(({ name, dialects = [] }) => dialects.map((software) => [software, name])),
)

/** `Name 1.2` → the system whose clients call themselves so in networks of others. */
export function dialectOf(software: string): string | undefined {
  return DIALECTS.get(software.replace(/ [^ ]*$/, '')) ?? DIALECTS.get(software)
}

export function darkSpaceOf({ dark }: MeasuringFlags): DarkSpace | undefined {
  if (dark === undefined) return undefined
  const space = DarkSpace.of(dark)
  if (typeof space === 'string') {
    throw new UsageError(`--dark ${shown(space)}: not a network such as 198.51.100.0/24`)
  }
  return space
}

/** @param name  of the command, for a message */
export function filesOf(
  name: string,
  operands: readonly string[],
  { read }: MeasuringFlags,
): readonly string[] {
  const files = [...(read ?? []), ...operands]
  if (files.length === 0) throw new UsageError(`no capture given: peerscope ${name} -r FILE`)
  return files
}

/** @param name  of the command, for a message */
export async function readAll(
  name: string,
  operands: readonly string[],
  flags: MeasuringFlags,
  consume: (event: Event) => void,
  onStanding?: ReadOptions['onStanding'],
): Promise<Totals> {
  const files = filesOf(name, operands, flags)
  const { filter } = flags
  const progress = progressLine()
  const options: ReadOptions = {
    files,
    flows: true,
    onLeftOut: tellLeftOut,
    ...(filter !== undefined && { filter }),
    ...(onStanding !== undefined && { onStanding }),
    ...(progress && { onProgress: (state) => progress.show(state) }),
  }
  try {
    return await readCaptures(options, consume)
  } finally {
    progress?.wipe()
  }
}

/** A bound that was reached is never passed over in silence. */
export function tellLimits(limits: Readonly<Record<string, number>>): void {
  for (const [limit, count] of Object.entries(limits)) {
    if (count === 0) continue
    warn(`limit ${limit} was reached ${countText(count)} times: figures are too low`)
  }
}
