/**
 * The summary: what a person wants to know of a capture, to be read in a minute. What is P2P here,
 * who takes part and how that is known, what it is about, what was not understood, and where every
 * packet went.
 *
 * Everything that a capture could have put into it passes `shown`.
 */
import { endpointText } from '../../core/address.ts'
import type { Flow, Side, Verdict } from '../../core/event.ts'
import {
  bytesText,
  countText,
  dateText,
  durationText,
  manyText,
  shareText,
} from '../../core/figures.ts'
import { shown } from '../../core/text.ts'
import { cutTo, Painter, type Style, table, wrapped } from './layout.ts'
import type { SummaryInput, SummaryOptions } from './summary-input.ts'

const LISTED = 8
const REASONS_SHOWN = 3
/** Names and programs are of strangers, and may be as long as these like. */
const FOLDED_LINES = 4

/** A space at which no line is broken. */
const STICKY = '\u00a0'

/** A content that is named by its hash. */
const URN = /(urn:[a-z0-9:]+:)([0-9A-Za-z]{16,})/g

export function summaryText(input: SummaryInput, options: SummaryOptions): string {
  const summary = new Summary(input, options)
  return summary.text()
}

class Summary {
  readonly #input: SummaryInput
  readonly #width: number
  readonly #listed: number
  readonly #sources: readonly string[]
  readonly #painter: Painter
  readonly #lines: string[] = []
  /** URN → name, where one was seen. */
  readonly #names: ReadonlyMap<string, string>
  /** Frames are told with their capture only where there are several. */
  readonly #several: boolean

  constructor(input: SummaryInput, options: SummaryOptions) {
    this.#input = input
    this.#width = Math.max(40, options.width)
    this.#listed = options.listed ?? LISTED
    this.#sources = options.sources ?? []
    this.#painter = new Painter(options.colour)
    this.#several = input.totals.captures.length > 1
    this.#names = new Map(
      input.contents.flatMap(({ content, names: [name] }) =>
        name === undefined ? [] : [[content, shown(name.name)] as const],
      ),
    )
  }

  text(): string {
    this.#head()
    this.#protocols()
    this.#hosts()
    this.#contents()
    this.#threats()
    this.#notUnderstood()
    this.#packets()
    this.#damage()
    return `${this.#lines.join('\n')}\n`
  }

  #say(line: string, style: Style = 'plain'): void {
    this.#lines.push(this.#painter.paint(line, style))
  }

  /** Over some lines; words that no line holds are cut. */
  #folded(text: string, indent: number, hang: number): string[] {
    const words = text.split(' ').map((word) => cutTo(word, this.#width - hang))
    return wrapped(cutTo(words.join(' '), FOLDED_LINES * this.#width), this.#width, indent, hang)
  }

  #title(text: string, rest = ''): void {
    const [first, ...others] = wrapped(rest, this.#width, text.length + 2, 2)
    const more = rest === '' ? '' : this.#painter.paint(first!.slice(text.length), 'dim')
    this.#lines.push('', this.#painter.paint(text, 'bold') + more)
    for (const line of others) this.#say(line, 'dim')
  }

  #table(rows: readonly string[][], columns: Parameters<typeof table>[1], indent = 2): void {
    const options = { width: this.#width, indent, painter: this.#painter }
    this.#lines.push(...table(rows, columns, options))
  }

  #place(where: { readonly capture: string; readonly frame: number }): string {
    return this.#several ? `${shown(where.capture)} frame ${where.frame}` : `frame ${where.frame}`
  }

  #head(): void {
    const { totals } = this.#input
    // A capture is told by its packets: without any it is told as it was asked for.
    const told = totals.captures.map(({ name }) => name)
    const names = (told.length > 0 ? told : this.#sources).map(shown)
    const count = names.length > 1 ? `${countText(names.length)} captures: ` : ''
    const more = names.length > 3 ? ` and ${countText(names.length - 3)} more` : ''
    const head = `${count}${names.slice(0, 3).join(', ')}${more}`
    const first = totals.firstMicros
    const when =
      first === undefined
        ? ''
        : `, ${durationText((totals.lastMicros ?? first) - first)} from ${dateText(first)}`
    const what = `${manyText(totals.packets, 'packet')}, ${bytesText(totals.bytes)}${when}`
    if (names.length > 0) for (const line of this.#folded(head, 0, 2)) this.#say(line, 'bold')
    for (const line of wrapped(what, this.#width, 2)) this.#say(line)
    if (totals.interrupted) this.#say('  stopped before the end: what follows is so far', 'yellow')
  }

  #protocols(): void {
    const { overview, totals } = this.#input
    const families = overview.byBytes()
    if (families.length === 0) {
      this.#title('PROTOCOLS')
      this.#say('  no P2P seen')
      return
    }
    this.#title(
      'PROTOCOLS',
      `P2P is ${shareText(overview.p2pBytes, overview.bytes)} of ${bytesText(overview.bytes)} in ${manyText(overview.flows, 'flow')}`,
    )
    const rows = families.map((family) => [
      family.isNeighbour ? `(${shown(family.family)})` : shown(family.family),
      manyText(family.flows, 'flow'),
      bytesText(family.bytes),
      shareText(family.bytes, overview.bytes),
      manyText(family.hosts.size, 'host'),
      manyText(sum(totals.messages[family.family] ?? {}), 'message'),
    ])
    const options = { width: this.#width, indent: 2, painter: this.#painter }
    const right = Array.from({ length: 5 }, () => ({ align: 'right' }) as const)
    for (const [i, line] of table(rows, [{ style: 'cyan' }, ...right], options).entries()) {
      this.#lines.push(line)
      const parts = partsText(families[i]!.parts)
      for (const part of wrapped(parts, this.#width, 4)) this.#say(part, 'dim')
    }
    if (families.some(({ isNeighbour }) => isNeighbour)) {
      this.#say(
        '  (in brackets: overlays that are no P2P file sharing and count for no host)',
        'dim',
      )
    }
  }

  #hosts(): void {
    const { verdicts, hostCount, claimedCount } = this.#input
    if (hostCount === 0 && claimedCount === 0) return
    const named = claimedCount === 0 ? '' : `, ${countText(claimedCount)} more only named by others`
    this.#title('HOSTS', `${manyText(hostCount, 'host')} seen to take part${named}`)
    for (const verdict of verdicts.slice(0, this.#listed)) this.#host(verdict)
    this.#rest(hostCount - Math.min(verdicts.length, this.#listed), 'host')
  }

  #host(verdict: Verdict): void {
    const { host, score, sureness, families, parts, software, bytes, reasons } = verdict
    const what = families.map(shown).join(', ')
    const as = parts ? `; ${parts.map(shown).join(', ')}` : ''
    const programs = software.length === 0 ? '' : `, ${software.slice(0, 2).map(shown).join(', ')}`
    const moved = `, ${bytesText(bytes[0])} out, ${bytesText(bytes[1])} in`
    const style = score >= 80 ? 'red' : score >= 50 ? 'yellow' : 'plain'
    const head = `  ${this.#painter.paint(host, 'bold')}  ${this.#painter.paint(`${score}/100`, style)}`
    const used = 2 + host.length + 2 + `${score}/100`.length
    const rest = `${sureness}: ${what}${moved}${programs}${as}`
    const [line, ...more] = this.#folded(rest, used + 1, 6)
    this.#lines.push(`${head}${line!.slice(used)}`)
    for (const each of more) this.#say(each)
    for (const reason of reasons.slice(0, REASONS_SHOWN)) {
      const place = `[${this.#place(reason)}]`.replaceAll(' ', STICKY)
      const text = cutTo(this.#called(shown(reason.text)), 3 * (this.#width - 8) - place.length)
      for (const line of wrapped(`- ${text} ${place}`, this.#width, 4, 6)) {
        this.#say(line.replaceAll(STICKY, ' '))
      }
    }
    const against = reasons.find(({ weight }) => weight < 0)
    if (against && reasons.indexOf(against) >= REASONS_SHOWN) {
      this.#say(cutTo(`    - ${shown(against.text)}`, this.#width), 'dim')
    }
  }

  /** Contents by their names where they have one, else by the first digits; the one capture unsaid. */
  #called(text: string): string {
    const [only, ...others] = this.#input.totals.captures
    const short =
      only === undefined || others.length > 0
        ? text
        : text.replaceAll(` of ${shown(only.name)}`, '')
    return short.replace(URN, (urn, kind: string, digits: string) => {
      const name = this.#names.get(urn)
      return name === undefined ? `${kind}${digits.slice(0, 8)}…` : `“${cutTo(name, 40)}”`
    })
  }

  #contents(): void {
    const { contents } = this.#input
    if (contents.length === 0) return
    this.#title('CONTENTS', `${manyText(contents.length, 'content')} asked for, offered or moved`)
    const telling = contents.filter(
      ({ names, bytes, hosts }) => names.length > 0 || bytes > 0 || hosts > 1,
    )
    for (const content of telling.slice(0, this.#listed)) {
      const name = content.names[0]
      const facts = [
        ...(content.size === undefined ? [] : [bytesText(content.size)]),
        ...(content.files > 1 ? [manyText(content.files, 'file')] : []),
        manyText(content.hosts, 'host'),
        ...(content.bytes > 0 ? [`${bytesText(content.bytes)} moved`] : []),
        ...Object.entries(content.claims).map(
          ([via, count]) => `${manyText(count, 'claim')} via ${shown(via)}`,
        ),
      ].join(', ')
      const called = name === undefined ? 'no name seen' : `“${shown(name.name)}”`
      this.#say(cutTo(`  ${called}`, this.#width), name === undefined ? 'dim' : 'green')
      this.#say(cutTo(`    ${shown(content.content)}`, this.#width))
      for (const line of this.#folded(facts, 4, 6)) this.#say(line)
      const source =
        name === undefined
          ? `first seen in ${this.#place(content)}`
          : `name from ${shown(name.via)}${name.verified ? ', checked against the hash' : ''} [${this.#place(name)}]`
      this.#say(cutTo(`    ${source}`, this.#width), 'dim')
    }
    const rest = contents.length - Math.min(telling.length, this.#listed)
    if (telling.length > 0) this.#rest(rest, 'content')
    else this.#say('  no name, no bytes and no second host seen for any of them', 'dim')
  }

  #threats(): void {
    const { threats, threatCount } = this.#input.overview
    if (threatCount === 0) return
    this.#title('THREATS', manyText(threatCount, 'finding'))
    for (const threat of threats.slice(0, this.#listed)) {
      const text = `${threat.severity}: ${endpointText(threat.by)} ${threat.threat}, ${threat.why}`
      const line = `${shown(text)}  [${this.#place(threat)}]`
      for (const part of wrapped(line, this.#width, 2, 4)) this.#say(part, 'red')
    }
    this.#rest(threatCount - Math.min(threats.length, this.#listed), 'finding')
  }

  #notUnderstood(): void {
    const { overview, totals } = this.#input
    const { others } = overview
    const faults = Object.entries(totals.faults).flatMap(([wire, counts]) =>
      Object.entries(counts).map(([fault, count]) => [wire, fault, count] as const),
    )
    const limits = Object.entries(totals.limits)
    const nothing = others.flows + faults.length + limits.length + totals.gapBytes
    if (nothing + overview.withdrawn === 0) return
    this.#title('NOT UNDERSTOOD')
    if (others.flows > 0) {
      const silent =
        others.silentFlows === 0 ? '' : `, ${countText(others.silentFlows)} of them without payload`
      const share = shareText(others.bytes, overview.bytes)
      const line = `${manyText(others.flows, 'flow')} (${bytesText(others.bytes)}, ${share}) of no P2P protocol known here${silent}; the biggest:`
      for (const part of wrapped(line, this.#width, 2, 4)) this.#say(part)
      const rows = others.biggest.map((flow) => [
        /^\d/.test(flow.proto) ? `protocol ${flow.proto}` : flow.proto,
        endText(flow, 0),
        endText(flow, 1),
        bytesText(flow.bytes[0] + flow.bytes[1]),
        this.#place(flow),
      ])
      this.#table(rows, [{}, {}, {}, { align: 'right' }, { style: 'dim' }], 4)
    }
    faults.sort((a, b) => b[2] - a[2])
    for (const [wire, fault, count] of faults.slice(0, this.#listed)) {
      this.#say(`  ${manyText(count, 'fault')} in ${shown(wire)}: ${shown(fault)}`)
    }
    this.#rest(faults.length - this.#listed, 'kind of fault', 'kinds of fault')
    if (totals.gapBytes > 0) {
      const flows = overview.gapFlows > 0 ? ` of ${manyText(overview.gapFlows, 'flow')}` : ''
      this.#say(`  ${bytesText(totals.gapBytes)} missing in the streams${flows}`)
    }
    if (overview.withdrawn > 0) {
      this.#say(`  ${manyText(overview.withdrawn, 'recognition')} taken back by later bytes`)
    }
    for (const [limit, count] of limits) {
      this.#say(`  bound ${shown(limit)} reached ${manyText(count, 'time')} (LIMITS.md)`, 'yellow')
    }
  }

  #packets(): void {
    const { totals, statuses } = this.#input
    const counts = Object.entries(totals.packetCounts).filter(([, count]) => count > 0)
    counts.sort((a, b) => b[1] - a[1])
    const became = counts.filter(([name]) => statuses.includes(name))
    const remarks = counts.filter(([name]) => !statuses.includes(name))
    const told = became.reduce((total, [, count]) => total + count, 0)
    const words = ([name, count]: readonly [string, number]) =>
      `${countText(count)} ${name.replace(/-/g, ' ')}`
    const parts = became.map(words)
    if (told !== totals.packets) parts.push(`${countText(totals.packets - told)} not accounted for`)
    this.#title('PACKETS')
    const say = (line: string) => {
      for (const part of wrapped(line, this.#width, 2, 4)) this.#say(part)
    }
    const read = `${manyText(totals.packets, 'packet')} read`
    say(parts.length > 0 ? `${read}: ${parts.join(', ')}` : read)
    if (remarks.length > 0) say(`of these ${remarks.map(words).join(', ')}`)
    for (const { name, packets } of totals.unreadLinkTypes ?? []) {
      say(`not read: ${manyText(packets, 'packet')} of link type ${shown(name)}`)
    }
    if (totals.filteredOut > 0) say(`${countText(totals.filteredOut)} left out by the filter`)
  }

  #damage(): void {
    const { damage } = this.#input.totals
    if (damage.length === 0) return
    this.#title('DAMAGE')
    for (const { capture, offset, cause } of damage) {
      const line = `${shown(capture)} at byte ${offset}: ${shown(cause)}`
      for (const part of wrapped(line, this.#width, 2, 4)) this.#say(part, 'red')
    }
  }

  #rest(count: number, noun: string, nouns = `${noun}s`): void {
    if (count > 0)
      this.#say(`  … and ${countText(count)} more ${count === 1 ? noun : nouns}`, 'dim')
  }
}

/** ICMP has its type and code in the places of ports, others have nothing there. */
function endText(flow: Flow, side: Side): string {
  const hasPorts = ['TCP', 'UDP', 'SCTP'].includes(flow.proto)
  return hasPorts ? endpointText(flow.ends[side]) : flow.ends[side].ip
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0)
}

function partsText(parts: ReadonlyMap<string, readonly [number, number]>): string {
  return [...parts]
    .sort((a, b) => b[1][1] - a[1][1] || (a[0] < b[0] ? -1 : 1))
    .map(([part, [flows]]) => `${shown(part)} ${countText(flows)}`)
    .join(', ')
}
