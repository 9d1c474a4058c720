/** The key `wall` of the configuration, as data: docs/guide/wall.md explains every key. */
import { z } from 'zod'
import { limits } from '../../core/limits.ts'
import { FILE_KINDS } from './kinds.ts'
import { DAYS, daysOf, hoursOf, measureOf, paceOf, portOf, spanOf } from './values.ts'

/** A text that one of the readers of `values.ts` takes. */
function written(read: (text: string) => unknown, says: string) {
  return z.string().refine((text) => read(text) !== undefined, says)
}

function zoneIsKnown(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone })
    return true
  } catch {
    return false
  }
}

/** Seconds; 0 where hosts are not held. */
export function timelockOf(text: string): number | undefined {
  return text === 'off' ? 0 : spanOf(text)
}

const name = z.string().min(1).max(100)
const span = written(spanOf, 'is not a span of time such as 90s, 10m or 2h')
const pace = written(paceOf, 'is not a number in a span of time, such as 100 in 1m')
const port = written(portOf, 'is not a port such as 53, tcp/443 or udp/6000-6100')
const days = written(daysOf, `is not a day or span of days such as mon-fri (${DAYS.join(', ')})`)
const hours = written(hoursOf, 'is not a span of hours such as 08:00-18:00')
const measure = written(
  measureOf,
  'is not permit, watch, learn, throttle RATE [per flow|host|all] or ' +
    'block [reset|drop] [for SPAN] [after N in SPAN]',
)

const rule = z.strictObject({
  name: name.describe('what decisions call it').optional(),
  who: z
    .array(name)
    .min(1)
    .describe('any of: address, CIDR, MAC, name of a network or of an account')
    .optional(),
  what: z
    .strictObject({
      family: z.array(name).min(1).describe('protocols by name').optional(),
      part: z
        .array(name)
        .min(1)
        .describe('parts of a protocol, as flows name them: tracker-http, dht, peer')
        .optional(),
      sureness: z
        .enum(['unsure', 'likely', 'certain'])
        .describe('at least so sure')
        .default('unsure'),
      kind: z.array(z.enum(FILE_KINDS)).min(1).describe('kinds of file').optional(),
      direction: z.enum(['out', 'in']).describe('opened from our side, or not').optional(),
      neighbour: z
        .boolean()
        .describe('overlays beside file sharing (VPN, onion router) instead of it')
        .default(false),
    })
    .prefault({})
    .describe('absent: every P2P flow'),
  when: z
    .strictObject({
      days: z.array(days).min(1).optional(),
      hours: z.array(hours).min(1).optional(),
    })
    .describe('absent: always')
    .optional(),
  do: measure.describe('what is done'),
})

/** Services that a claim of a peer must not shut: what is named there is looked at instead. */
const SPARE_PORTS = ['22', '25', '53', '80', '123', '443', '465', '587', '853', '993', '995']

const list = z.strictObject({
  name: name.describe('what decisions call it'),
  file: z.string().min(1).describe('PeerGuardian, ipfilter.dat or CIDR; gz and zip are unpacked'),
  level: z.int().min(1).max(256).describe('ipfilter.dat: ranges below are refused').default(128),
  for: span.describe('what it holds counts so long after it was read').optional(),
})

export const wallSchema = z.strictObject({
  queue: z
    .strictObject({
      number: z.int().min(0).max(65_535).default(0),
      fail: z.enum(['open', 'closed']).describe('what passes while nobody decides').default('open'),
      length: z.int().min(64).max(65_536).describe('packets that may wait').default(4096),
      packets: z.int().min(1).max(1000).describe('of a flow that nobody recognises').default(48),
    })
    .prefault({})
    .describe('how packets come up from the kernel'),
  local: z.boolean().describe('this host itself too, not only what it forwards').default(false),
  mode: z
    .enum(['permit', 'deny'])
    .describe('deny: only what `permit` names passes')
    .default('permit'),
  permit: z
    .strictObject({
      ports: z.array(port).default([]),
      applications: z.array(name).describe('protocols by name').default([]),
    })
    .prefault({})
    .describe('what passes in mode deny'),
  zone: z
    .string()
    .refine(zoneIsKnown, 'is no time zone such as Europe/Berlin')
    .describe('whose hours and days are meant')
    .default('UTC'),
  accounts: z
    .record(name, z.array(name).min(1))
    .describe('name → its addresses, networks and MACs')
    .default({}),
  rules: z
    .array(rule)
    .max(limits.wallRulesMax)
    .describe('the first that fits decides; absent: P2P that is likely is blocked')
    .optional(),
  limits: z
    .strictObject({
      flows: pace.describe('new flows of one host').optional(),
      peers: pace.describe('addresses that one host talks to').optional(),
    })
    .prefault({}),
  timelock: written(timelockOf, 'is neither off nor a span of time such as 2m')
    .describe('how long a caught host is held, unless a rule says it; off')
    .default('2m'),
  learned: z
    .strictObject({
      for: span.describe('how long what was named to a caught host is refused').default('1h'),
      spare: z.array(port).describe('ports that are never refused for a name').default(SPARE_PORTS),
    })
    .prefault({}),
  decoys: z.boolean().describe('answer in the place of peers that are not reached').default(true),
  lists: z.array(list).describe('addresses that are refused').default([]),
  names: z
    .strictObject({
      refuse: z.array(name).describe('names of hosts, with all below them').default([]),
      seeds: z.boolean().describe('also those that protocols are known to start by').default(false),
      permit: z.array(name).describe('with all below them, in spite of the above').default([]),
      answer: z.enum(['refused', 'local']).default('refused'),
    })
    .prefault({})
    .describe('what DNS does not answer'),
})

export type WallConfig = z.infer<typeof wallSchema>
export type RuleConfig = NonNullable<WallConfig['rules']>[number]
