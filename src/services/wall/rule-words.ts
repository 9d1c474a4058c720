/** Whom and what a rule means, for people who do not read its YAML. */
import type { RuleConfig } from './schema.ts'

/** `staff, 10.2.0.9 · BitTorrent · at least likely · 22:00-06:00` */
export function ruleWords(
  { who, what, when }: RuleConfig,
  titleOf: (family: string) => string = (family) => family,
): string {
  const { family, part, sureness, kind, direction, neighbour } = what
  const flows = neighbour ? 'VPNs and the like' : 'all P2P'
  return [
    who?.join(', ') ?? 'every host',
    family?.map(titleOf).join(', ') ?? flows,
    part && `only ${part.join(', ')}`,
    sureness === 'unsure' ? undefined : sureness === 'likely' ? 'at least likely' : 'certain',
    kind && `files: ${kind.join(', ')}`,
    direction && (direction === 'out' ? 'opened from our side' : 'opened from outside'),
    when?.days?.join(', '),
    when?.hours?.join(', '),
  ]
    .filter((words) => words !== undefined)
    .join(' · ')
}
