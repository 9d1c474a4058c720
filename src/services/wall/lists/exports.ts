/** Ranges of addresses in the forms that firewalls and sensors read. */
import { ip4OfNumber } from '../../../core/address.ts'
import { ip6OfBig, type Ranges } from './ranges.ts'

/** Elements of a set a line: one line of millions would be read as slowly as it is written. */
const ELEMENTS_A_LINE = 8

/** A file for `nft -f`: a table of its own with two sets, `NAME4` and `NAME6`. */
export function nftSetFile(name: string, ranges: Ranges): string {
  const { four, six } = ranges
  const elements4 = Array.from({ length: four.length / 2 }, (_, i) =>
    spanText(ip4OfNumber(four[2 * i]!), ip4OfNumber(four[2 * i + 1]!)),
  )
  const elements6 = Array.from({ length: six.length / 2 }, (_, i) =>
    spanText(ip6OfBig(six[2 * i]!), ip6OfBig(six[2 * i + 1]!)),
  )
  const sets = [
    ...nftSet(`${name}4`, 'ipv4_addr', elements4),
    ...nftSet(`${name}6`, 'ipv6_addr', elements6),
  ]
  return `table inet peerscope_lists {\n${sets.join('\n')}\n}\n`
}

function nftSet(name: string, type: string, elements: readonly string[]): string[] {
  const lines: string[] = []
  for (let at = 0; at < elements.length; at += ELEMENTS_A_LINE) {
    lines.push(`      ${elements.slice(at, at + ELEMENTS_A_LINE).join(', ')}`)
  }
  const body = lines.length === 0 ? [] : ['    elements = {', lines.join(',\n'), '    }']
  return [`  set ${name} {`, `    type ${type}`, '    flags interval', ...body, '  }']
}

function spanText(first: string, last: string): string {
  return first === last ? first : `${first}-${last}`
}

/** For `ipset restore`: two sets, `NAME4` and `NAME6`, whose older contents are replaced. */
export function ipsetRestore(name: string, ranges: Ranges): string {
  const nets = [...ranges.cidrs()]
  return [4, 6]
    .map((version) => {
      const own = nets.filter((cidr) => cidr.includes(':') === (version === 6))
      const set = `${name}${version}`
      const family = version === 4 ? 'inet' : 'inet6'
      const maxelem = Math.max(1024, own.length)
      const create = `create ${set} hash:net family ${family} maxelem ${maxelem} -exist\nflush ${set}\n`
      // A net of all addresses is none to ipset: two halves are.
      const halves = own.flatMap((cidr) => (cidr.endsWith('/0') ? HALVES[version]! : [cidr]))
      return create + halves.map((cidr) => `add ${set} ${cidr}\n`).join('')
    })
    .join('')
}

const HALVES: Readonly<Record<number, readonly string[]>> = {
  4: ['0.0.0.0/1', '128.0.0.0/1'],
  6: ['::/1', '8000::/1'],
}

/** An external dynamic list, as firewalls fetch it: a network a line. */
export function edl(ranges: Ranges): string {
  return [...ranges.cidrs()].map((cidr) => `${cidr}\n`).join('')
}

/** Suricata's datasets hold single addresses. */
const DATASET_MAX = 65_536

/**
 * A Suricata dataset of type `ip`.
 * @returns `leftOut`: ranges whose addresses are too many to be written one by one; for these there is
 * `suricataReputation`
 */
export function suricataDataset({ four, six }: Ranges): { text: string; leftOut: number } {
  const lines: string[] = []
  let leftOut = 0
  for (let i = 0; i < four.length; i += 2) {
    const [first, last] = [four[i]!, four[i + 1]!]
    if (lines.length + last - first + 1 > DATASET_MAX) leftOut++
    else for (let ip = first; ip <= last; ip++) lines.push(ip4OfNumber(ip))
  }
  for (let i = 0; i < six.length; i += 2) {
    const [first, last] = [six[i]!, six[i + 1]!]
    if (BigInt(lines.length) + last - first + 1n > BigInt(DATASET_MAX)) leftOut++
    else for (let ip = first; ip <= last; ip++) lines.push(ip6OfBig(ip))
  }
  return { text: lines.map((line) => `${line}\n`).join(''), leftOut }
}

/** Suricata's IP reputation takes networks: `network,category,score`. */
export function suricataReputation(ranges: Ranges, category = 1): string {
  return [...ranges.cidrs()].map((cidr) => `${cidr},${category},127\n`).join('')
}
