/** What of the protocols' cards a wall goes by. */
import { protocols } from '../../protocols/index.ts'
import { Names } from '../../services/wall/dns/names.ts'
import type { PortRow } from '../../services/wall/rules.ts'
import { portRows } from '../../services/wall/rules.ts'
import type { WallConfig } from '../../services/wall/schema.ts'
import type { WallParts } from '../../services/wall/wall.ts'

export function cardParts(): Pick<WallParts, 'decoys' | 'neighbours'> {
  const decoys = protocols.flatMap(({ name, decoy }) =>
    decoy === undefined ? [] : ([[name, decoy]] as const),
  )
  const neighbours = protocols.filter(({ neighbour }) => neighbour).map(({ name }) => name)
  return { decoys: new Map(decoys), neighbours: new Set(neighbours) }
}

/**
 * Names that a policy refuses, those of the cards among them where it says so; those by which
 * neighbours begin are nobody's harm.
 */
export function namesOf({ names }: WallConfig): Names {
  const cards = names.seeds ? protocols.filter(({ neighbour }) => neighbour === undefined) : []
  const seeds = cards.flatMap((card) => card.seeds ?? [])
  return new Names([...names.refuse, ...seeds.map(({ name }) => name)], names.permit)
}

/** Ports by which P2P is known. */
export function knownPorts(): PortRow[] {
  return portRows(protocols)
}
