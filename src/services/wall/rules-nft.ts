/**
 * The wall's rules for nft: one table of our own, so that installing and removing are one
 * transaction each, and whatever an earlier run left is replaced by the same transaction.
 * Source: nft(8); bypass by connection mark after Suricata's documentation of NFQUEUE with nftables.
 */
import type { Refused } from './judgement.ts'
import {
  MARK_BLOCK,
  MARK_KIND_MASK,
  MARK_MASK,
  MARK_OWN,
  MARK_PASS,
  MARK_THROTTLE,
  MARK_UNREAD,
  throttleMark,
} from './marks.ts'
import {
  burstOf,
  carriersOf,
  classId,
  hexMark,
  isShaped,
  oursOf,
  PORTS_REMARK,
  type PortRow,
  portSpans,
  REFUSED_MAX,
  type RulesOptions,
  TABLE,
  type Throttle,
  VERSIONS,
  type Version,
} from './rules.ts'

/** `ip` or `ip6`, as nft calls it in expressions. */
const IP = { 4: 'ip', 6: 'ip6' } as const
const BUCKETS_MAX = 65_536
/** A bucket of a host or flow is forgotten so long after its last packet. */
const BUCKET_SPAN = '1m'

export function nftInstall(options: RulesOptions): string {
  const lines = [
    ...nftReplace(),
    `table inet ${TABLE} {`,
    ...(options.sets ? refusedSets() : []),
    ...oursSets(options),
    ...options.throttles.flatMap((throttle, index) => bucketSets(throttle, index)),
    ...decideChain(options),
    ...baseChain('forward', 'forward', 10, ['jump decide']),
    ...(options.local
      ? [
          ...baseChain('input', 'input', 10, ['iifname "lo" accept', 'jump decide']),
          ...baseChain('output', 'output', 10, ['oifname "lo" accept', 'jump decide']),
        ]
      : []),
    ...laterChains(options),
    '}',
  ]
  return `${lines.join('\n')}\n`
}

/** A table that is not there cannot be deleted, one that is there can be declared again. */
function nftReplace(): string[] {
  return [`table inet ${TABLE}`, `delete table inet ${TABLE}`]
}

/** Also where nothing is installed. */
export function nftRemove(): string {
  return `${nftReplace().join('\n')}\n`
}

/** Whether somebody installed rules before. @param tables  what `nft list tables` says */
export function nftIsInstalled(tables: string): boolean {
  return tables.split('\n').includes(`table inet ${TABLE}`)
}

function refusedSets(): string[] {
  return VERSIONS.flatMap((version) => [
    `  set refused${version} {`,
    `    type ipv${version}_addr . ipv${version}_addr . inet_proto . inet_service`,
    `    size ${REFUSED_MAX}`,
    '    flags timeout',
    '  }',
  ])
}

/** Sets of the networks whose hosts have a bucket each, where a rule needs them. */
function oursSets(options: RulesOptions): string[] {
  if (!options.throttles.some(({ per }) => per === 'host')) return []
  return VERSIONS.flatMap((version) => {
    const cidrs = oursOf(options, version)
    return [
      `  set ours${version} {`,
      `    type ipv${version}_addr`,
      '    flags interval',
      '    auto-merge',
      ...(cidrs.length > 0 ? [`    elements = { ${cidrs.join(', ')} }`] : []),
      '  }',
    ]
  })
}

/** What buckets of a flow are told apart by: one for each direction. */
function flowKey(version: Version): string {
  return `${IP[version]} saddr . ${IP[version]} daddr . th sport . th dport`
}

function bucketSets({ per }: Throttle, index: number): string[] {
  if (per !== 'host' && per !== 'flow') return []
  const directions = per === 'host' ? ['up', 'down'] : ['flow']
  return VERSIONS.flatMap((version) =>
    directions.flatMap((direction) => {
      const address = `ipv${version}_addr`
      const type =
        per === 'host' ? address : `${address} . ${address} . inet_service . inet_service`
      return [
        `  set bucket${index}_${direction}${version} {`,
        `    type ${type}`,
        `    size ${BUCKETS_MAX}`,
        '    flags dynamic,timeout',
        `    timeout ${BUCKET_SPAN}`,
        '  }',
      ]
    }),
  )
}

function ctMark(mark: number, mask: number): string {
  return `ct mark and ${hexMark(mask)} == ${hexMark(mark)}`
}

function decideChain(options: RulesOptions): string[] {
  const bypass = options.fail === 'open' ? 'queue flags bypass to' : 'queue to'
  return [
    '  chain decide {',
    `    meta mark and ${hexMark(MARK_OWN)} == ${hexMark(MARK_OWN)} accept`,
    '    meta l4proto != { tcp, udp } accept',
    `    ${ctMark(MARK_PASS, MARK_KIND_MASK)} accept`,
    `    ${ctMark(MARK_BLOCK, MARK_KIND_MASK)} counter drop`,
    ...options.throttles.flatMap((throttle, index) => throttleRules(throttle, index, options)),
    `    ${ctMark(MARK_THROTTLE, MARK_KIND_MASK)} accept`,
    `    counter ${bypass} ${options.queue}`,
    '  }',
  ]
}

function throttleRules(throttle: Throttle, index: number, options: RulesOptions): string[] {
  const mark = `    ${ctMark(throttleMark(index), MARK_MASK)}`
  const rate = throttle.rate!
  const limit = `limit rate over ${rate} bytes/second burst ${burstOf(rate)} bytes`
  if (isShaped(throttle, options)) return [`${mark} meta priority set ${classId(index)}`]
  if (throttle.per === 'all') return [`${mark} ${limit} counter drop`]
  return VERSIONS.flatMap((version) => {
    const ip = IP[version]
    const set = `@bucket${index}`
    if (throttle.per === 'flow') {
      return [`${mark} update ${set}_flow${version} { ${flowKey(version)} ${limit} } counter drop`]
    }
    const side = (field: string, direction: string) =>
      `${mark} ${ip} ${field} @ours${version} update ${set}_${direction}${version} { ${ip} ${field} ${limit} } counter drop`
    return [side('saddr', 'up'), side('daddr', 'down')]
  })
}

function baseChain(name: string, hook: string, priority: number, rules: string[]): string[] {
  return [
    `  chain ${name} {`,
    `    type filter hook ${hook} priority ${priority}; policy accept;`,
    ...rules.map((rule) => `    ${rule}`),
    '  }',
  ]
}

/** After the queue: what is refused, and the verdict's mark. */
function laterChains(options: RulesOptions): string[] {
  const later = refusedRules()
  const save = ['jump save']
  return [
    ...(options.sets ? baseChain('refuse', 'forward', 20, later) : []),
    ...(options.sets && options.local ? baseChain('refuse_own', 'output', 20, later) : []),
    '  chain save {',
    ...marksOf(options).map(
      (mark) =>
        `    meta mark and ${hexMark(MARK_MASK)} == ${hexMark(mark)} ct mark set ct mark and 0xffffff00 or ${hexMark(mark)}`,
    ),
    '  }',
    ...baseChain('postrouting', 'postrouting', 10, save),
    ...(options.local ? baseChain('input_save', 'input', 30, save) : []),
  ]
}

/** nft cannot copy a part of a mark: each value has its rule. What is blocked never comes so far. */
function marksOf({ throttles }: RulesOptions): number[] {
  return [MARK_PASS, MARK_UNREAD, ...throttles.map((_, index) => throttleMark(index))]
}

function refusedRules(): string[] {
  return VERSIONS.flatMap((version) => {
    const ip = IP[version]
    const key = `${ip} saddr . ${ip} daddr . meta l4proto . th dport @refused${version}`
    return [`${key} meta l4proto tcp counter reject with tcp reset`, `${key} counter drop`]
  })
}

/** Refused endpoints into the sets, all in one transaction; empty where there are none. */
export function nftRefuse(refused: readonly Refused[]): string {
  const lines: string[] = []
  for (const version of VERSIONS) {
    const elements = refused
      .filter(({ endpoint, host }) => [endpoint.ip, host].every((ip) => isOf(ip, version)))
      .flatMap(({ host, endpoint, carriers, seconds }) =>
        carriersOf(carriers).map(
          (carrier) =>
            `${host} . ${endpoint.ip} . ${carrier} . ${endpoint.port} timeout ${seconds}s`,
        ),
      )
    if (elements.length === 0) continue
    lines.push(`add element inet ${TABLE} refused${version} { ${elements.join(', ')} }`)
  }
  return lines.map((line) => `${line}\n`).join('')
}

/** Nothing is refused any more. */
export function nftRefuseNone(): string {
  return VERSIONS.map((version) => `flush set inet ${TABLE} refused${version}\n`).join('')
}

function isOf(ip: string, version: Version): boolean {
  return ip.includes(':') === (version === 6)
}

/** A policy of ports alone. */
export function nftPorts(rows: readonly PortRow[], local: boolean): string {
  const rules = (['tcp', 'udp'] as const).flatMap((carrier) => {
    const ports = portSpans(rows, carrier).map(([from, to]) =>
      from === to ? `${from}` : `${from}-${to}`,
    )
    if (ports.length === 0) return []
    const answer = carrier === 'tcp' ? 'reject with tcp reset' : 'drop'
    return [`${carrier} dport { ${ports.join(', ')} } counter ${answer}`]
  })
  const lines = [
    ...PORTS_REMARK.map((line) => `# ${line}`),
    ...nftReplace(),
    `table inet ${TABLE} {`,
    ...baseChain('forward', 'forward', 10, rules),
    ...(local ? baseChain('output', 'output', 10, ['oifname "lo" accept', ...rules]) : []),
    '}',
  ]
  return `${lines.join('\n')}\n`
}
