/** Who is where around a suspect: the same for every run. */
import { type FedChannel, MARK_GROUPS, type Scene, type TaintKind } from '../../core/taint.ts'
import { markAt } from '../../services/taint/marks.ts'

export const SUSPECT_IP = '203.0.113.5'
/**
 * Players live each in a network of its own, since clients keep few nodes of each; in none of the special
 * ranges (RFC 6890), since some clients take nothing from there; where no mark can be.
 */
const OWN_FIRST = 131

/** Those channels of a protocol that a suspect is to be fed by. */
export function fedOf(kind: TaintKind, feed: readonly string[] | undefined): FedChannel[] {
  return kind.fed.filter(({ name }) => feed?.includes(name) ?? true)
}

/** @param count  marks of each channel and group */
export function sceneOf(fed: readonly FedChannel[], port: number, count: number): Scene {
  return {
    suspect: { ip: SUSPECT_IP, port },
    own: (number) => `${OWN_FIRST + number}.107.151.1`,
    marks: (name, group) => {
      const channel = fed.findIndex((each) => each.name === name)
      if (!fed[channel]?.groups.includes(group)) return []
      return Array.from({ length: count }, (_, number) =>
        markAt({ channel, group: MARK_GROUPS.indexOf(group), number }),
      )
    },
  }
}

/** Marks that take connections and say nothing. */
export function mutesOf(fed: readonly FedChannel[], scene: Scene) {
  return fed.flatMap(({ name }) => [...scene.marks(name, 'answering')])
}
