/**
 * What a blamed client told wrong, so that its authors can see it: bytes as they were told, and as they
 * would have been right. Only mistakes of programs have a right form: orders of octets.
 */
import { type Endpoint, parseIp4 } from '../../core/address.ts'
import type { Cause } from '../../core/event.ts'
import type { Evidence, Told } from './evidence.ts'
import { bothReversed, type Mistake, portSwapped, reversed } from './permutations.ts'
import type { Blame } from './spread.ts'

export interface Slip {
  readonly software: string
  readonly hypothesis: string
  readonly told: Told
  readonly meant: Endpoint
}

/** By hypothesis, how what was told comes from what was meant. */
const MISTAKES: Readonly<Record<string, readonly Mistake[]>> = {
  'byte-order': [reversed],
  'port-order': [portSwapped, bothReversed],
}
/** Of each client, in order of time. */
const SLIPS_MAX = 16

export interface Blamed {
  readonly list: readonly Told[]
  /** Keys of what is held against who told it. */
  readonly misleading: ReadonlySet<string>
  readonly blame: Blame
  readonly causes: readonly Cause[]
  readonly evidence: Evidence
}

export function slipsOf({ list, misleading, blame, causes, evidence }: Blamed): Slip[] {
  const clients = new Map<string, Slip[]>()
  for (const { software, isBlamed } of blame.clients) if (isBlamed) clients.set(software, [])
  if (clients.size === 0) return []
  const confirmed = causes.filter(
    ({ verdict, hypothesis }) => verdict === 'confirmed' && MISTAKES[hypothesis] !== undefined,
  )
  for (const told of list) {
    if (!misleading.has(told.key)) continue
    const software = evidence.softwareOf(told.by)
    const slips = software === undefined ? undefined : clients.get(software)
    if (slips === undefined || slips.length >= SLIPS_MAX) continue
    for (const { hypothesis } of confirmed) {
      const meant = meantBy(hypothesis, told, evidence)
      if (meant === undefined) continue
      slips.push({ software: software!, hypothesis, told, meant })
      break
    }
  }
  return [...clients.values()].flat()
}

function meantBy(hypothesis: string, { about, family }: Told, evidence: Evidence) {
  return MISTAKES[hypothesis]!.map((mistake) => mistake(about)).find(
    (at) => at !== undefined && evidence.lifeOf(at, family) === 'peer',
  )
}

/** Address and port in network order, in hex: `c6 33 64 02 1a e1`. */
export function wireBytes({ ip, port }: Endpoint): string {
  const octets = [...(parseIp4(ip) ?? []), Math.floor(port / 256), port % 256]
  return octets.map((octet) => octet.toString(16).padStart(2, '0')).join(' ')
}
