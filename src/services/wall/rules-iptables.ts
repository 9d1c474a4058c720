/**
 * The wall's rules for iptables-restore and ip6tables-restore, each with `--noflush`: chains of our
 * own in the mangle table, which one COMMIT installs or removes.
 * Source: iptables-restore(8), iptables-extensions(8), ipset(8).
 */
import type { Refused } from './judgement.ts'
import {
  MARK_BLOCK,
  MARK_KIND_MASK,
  MARK_MASK,
  MARK_OWN,
  MARK_PASS,
  MARK_THROTTLE,
  throttleMark,
} from './marks.ts'
import {
  burstOf,
  CHAIN,
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

const SAVE = `${CHAIN}_SAVE`

/** Where the chains are called from. */
function calls(local: boolean): string[] {
  return [
    `FORWARD -j ${CHAIN}`,
    ...(local ? [`INPUT ! -i lo -j ${CHAIN}`, `OUTPUT ! -o lo -j ${CHAIN}`] : []),
    `POSTROUTING -j ${SAVE}`,
  ]
}

/**
 * @param version  4 for iptables-restore, 6 for ip6tables-restore
 * @param stale  an earlier run left its rules, which go in the same transaction: `iptablesIsLocal`
 */
export function iptablesInstall(
  options: RulesOptions,
  version: Version,
  stale?: { readonly isLocal: boolean },
): string {
  const lines = [
    '*mangle',
    `:${CHAIN} - [0:0]`,
    `:${SAVE} - [0:0]`,
    ...(stale ? calls(stale.isLocal).map((call) => `-D ${call}`) : []),
    ...decideRules(options, version).map((rule) => `-A ${CHAIN} ${rule}`),
    ...saveRules(options, version).map((rule) => `-A ${SAVE} ${rule}`),
    ...calls(options.local).map((call) => `-A ${call}`),
    'COMMIT',
  ]
  return `${lines.join('\n')}\n`
}

/** Only where they are installed. @param local  as they were installed: `iptablesIsLocal` */
export function iptablesRemove(local: boolean): string {
  const lines = [
    '*mangle',
    ...calls(local).map((call) => `-D ${call}`),
    ...[CHAIN, SAVE].flatMap((chain) => [`-F ${chain}`, `-X ${chain}`]),
    'COMMIT',
  ]
  return `${lines.join('\n')}\n`
}

/** Whether somebody installed rules before. @param saved  what `iptables-save -t mangle` says */
export function iptablesIsInstalled(saved: string): boolean {
  return saved.split('\n').some((line) => line.startsWith(`:${CHAIN} `))
}

/** Whether those that are installed hold for the host itself too. */
export function iptablesIsLocal(saved: string): boolean {
  return saved.split('\n').includes(`-A OUTPUT ! -o lo -j ${CHAIN}`)
}

function connmark(mark: number, mask: number): string {
  return `-m connmark --mark ${hexMark(mark)}/${hexMark(mask)}`
}

function decideRules(options: RulesOptions, version: Version): string[] {
  const bypass = options.fail === 'open' ? ' --queue-bypass' : ''
  return [
    `-m mark --mark ${hexMark(MARK_OWN)}/${hexMark(MARK_OWN)} -j RETURN`,
    `${connmark(MARK_PASS, MARK_KIND_MASK)} -j RETURN`,
    `${connmark(MARK_BLOCK, MARK_KIND_MASK)} -j DROP`,
    ...options.throttles.flatMap((throttle, index) =>
      throttleRules(throttle, index, options, version),
    ),
    `${connmark(MARK_THROTTLE, MARK_KIND_MASK)} -j RETURN`,
    ...['tcp', 'udp'].map(
      (carrier) => `-p ${carrier} -j NFQUEUE --queue-num ${options.queue}${bypass}`,
    ),
  ]
}

function throttleRules(
  throttle: Throttle,
  index: number,
  options: RulesOptions,
  version: Version,
): string[] {
  const mark = connmark(throttleMark(index), MARK_MASK)
  const rate = throttle.rate!
  if (isShaped(throttle, options)) return [`${mark} -j CLASSIFY --set-class ${classId(index)}`]
  // xt_hashlimit takes no burst below what a second may have, in its own rounding of the rate.
  const burst = Math.ceil(Math.max(1.1 * rate, burstOf(rate)))
  const above = (name: string, mode: string) =>
    `-m hashlimit --hashlimit-above ${rate}b/s --hashlimit-burst ${burst}b` +
    `${mode === '' ? '' : ` --hashlimit-mode ${mode}`} --hashlimit-name ${TABLE}${index}${name} -j DROP`
  if (throttle.per === 'all') return [`${mark} ${above('', '')}`]
  if (throttle.per === 'flow') return [`${mark} ${above('', 'srcip,srcport,dstip,dstport')}`]
  return oursOf(options, version).flatMap((cidr) => [
    `-s ${cidr} ${mark} ${above('up', 'srcip')}`,
    `-d ${cidr} ${mark} ${above('down', 'dstip')}`,
  ])
}

function saveRules(options: RulesOptions, version: Version): string[] {
  return [
    ...(options.sets ? [`-m set --match-set ${setName(version)} dst,dst,src -j DROP`] : []),
    `-m mark ! --mark 0x00/${hexMark(MARK_KIND_MASK)} -j CONNMARK --save-mark` +
      ` --nfmask ${hexMark(MARK_MASK)} --ctmask ${hexMark(MARK_MASK)}`,
  ]
}

function setName(version: Version): string {
  return `${TABLE}_refused${version}`
}

/** For `ipset restore`, before the rules that use the sets. */
export function ipsetCreate(): string {
  return VERSIONS.map((version) => {
    const family = version === 4 ? 'inet' : 'inet6'
    const kind = `hash:ip,port,ip family ${family}`
    return `create ${setName(version)} ${kind} timeout 3600 maxelem ${REFUSED_MAX} -exist\n`
  }).join('')
}

export function ipsetDestroy(): string {
  return VERSIONS.map((version) => `destroy ${setName(version)}\n`).join('')
}

/** Refused endpoints, for `ipset restore`; one that is there begins its time anew. */
export function ipsetRefuse(refused: readonly Refused[]): string {
  return refused
    .filter(({ host, endpoint }) => host.includes(':') === endpoint.ip.includes(':'))
    .flatMap(({ host, endpoint, carriers, seconds }) => {
      const set = setName(host.includes(':') ? 6 : 4)
      return carriersOf(carriers).map(
        (carrier) =>
          `add ${set} ${endpoint.ip},${carrier}:${endpoint.port},${host} timeout ${seconds} -exist\n`,
      )
    })
    .join('')
}

/** Nothing is refused any more. */
export function ipsetRefuseNone(): string {
  return VERSIONS.map((version) => `flush ${setName(version)}\n`).join('')
}

/** xt_multiport takes so many ports; a span counts as two. */
const MULTIPORT_MAX = 15

/** A policy of ports alone, for both versions. */
export function iptablesPorts(rows: readonly PortRow[], local: boolean): string {
  const rules = (['tcp', 'udp'] as const).flatMap((carrier) => {
    const answer = carrier === 'tcp' ? 'REJECT --reject-with tcp-reset' : 'DROP'
    return groups(portSpans(rows, carrier)).map(
      (ports) => `-A ${CHAIN} -p ${carrier} -m multiport --dports ${ports} -j ${answer}`,
    )
  })
  const lines = [
    ...PORTS_REMARK.map((line) => `# ${line}`),
    '*filter',
    `:${CHAIN} - [0:0]`,
    ...rules,
    `-A FORWARD -j ${CHAIN}`,
    ...(local ? [`-A OUTPUT ! -o lo -j ${CHAIN}`] : []),
    'COMMIT',
  ]
  return `${lines.join('\n')}\n`
}

function groups(spans: readonly (readonly [number, number])[]): string[] {
  const all: string[] = []
  let parts: string[] = []
  let used = 0
  for (const [from, to] of spans) {
    const takes = from === to ? 1 : 2
    if (used + takes > MULTIPORT_MAX) {
      all.push(parts.join())
      parts = []
      used = 0
    }
    parts.push(from === to ? `${from}` : `${from}:${to}`)
    used += takes
  }
  if (parts.length > 0) all.push(parts.join())
  return all
}
