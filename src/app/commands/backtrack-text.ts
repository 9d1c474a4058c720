/** What a crawl found, for people. */
import { endpointText } from '../../core/address.ts'
import { countText, dateText, manyText } from '../../core/figures.ts'
import { shown } from '../../core/text.ts'
import type { Asking, Findings, Origin, Silent } from '../../services/backtrack/findings.ts'
import { type ColumnStyle, Painter, table, wrapped } from '../../services/report/layout.ts'
import type { Plan } from '../backtrack/plan.ts'

/** The account of one crawl. */
export interface BacktrackReport {
  readonly contents: readonly string[]
  readonly findings: readonly Findings[]
  /** Told of the contents, called, and nobody answered. */
  readonly silent: readonly Silent[]
  readonly channels: Asking['channels']
  readonly endpoints: number
  readonly edges: number
  readonly packets: number
  /** Told, and not asked: not in an allowed network. */
  readonly outside: number
  /** It was stopped, or had sent all that it may. */
  readonly ended: 'done' | 'stopped' | 'spent'
}

const LISTED = 40
const RIGHT: ColumnStyle = { align: 'right' }
const WHY: Readonly<Record<Origin['why'], string>> = {
  registered: 'registered it there for another',
  index: 'an index gives it out: who registered it does not show from outside',
  table: 'a node keeps it: who announced it does not show from outside',
  exchange: 'tells it to others, and no index or table that answered does',
}

interface Look {
  readonly width: number
  readonly colour: boolean
}

/** What a dry run says. */
export function planText({ asked, leftOut }: Plan, look: Look): string {
  const painter = new Painter(look.colour)
  const options = { width: look.width, indent: 2, painter }
  const lines = [painter.paint('Would be asked first', 'bold')]
  const rows = asked.slice(0, LISTED).map(({ at, family, channel, carrier, content }) => {
    return [endpointText(at), family, channel, carrier, content ?? 'whom it knows']
  })
  if (rows.length === 0) lines.push('  nobody')
  else
    lines.push(
      ...table([['', '', 'channel', 'over', 'about'], ...rows], [{}, {}, {}, {}, {}], options),
    )
  if (asked.length > LISTED) lines.push(`  and ${asked.length - LISTED} more: --format json`)
  lines.push('', painter.paint('Left out, in no network that may be asked (--allow)', 'bold'))
  const places = leftOut.slice(0, LISTED).map((at) => `  ${endpointText(at)}`)
  lines.push(...(places.length === 0 ? ['  nobody'] : places))
  if (leftOut.length > LISTED) lines.push(`  and ${leftOut.length - LISTED} more: --format json`)
  lines.push(
    '',
    'Nothing was sent. Who is asked may name more, who are asked within the same networks.',
  )
  return `${lines.join('\n')}\n`
}

export function backtrackText(report: BacktrackReport, look: Look): string {
  const painter = new Painter(look.colour)
  const lines: string[] = []
  const options = { width: look.width, indent: 2, painter }
  const title = (text: string) =>
    lines.push(...(lines.length > 0 ? [''] : []), painter.paint(text, 'bold'))
  for (const each of report.findings) {
    title(each.port === undefined ? each.ip : endpointText({ ip: each.ip, port: each.port }))
    lines.push(...wrapped(sentenceOf(each), look.width, 2))
    lines.push(...table(channelRows(each), [{}, {}, {}, {}], options))
    if (each.told.length > 0) {
      title('Told by')
      lines.push(...table(toldRows(each), [{}, {}, {}, {}, RIGHT], options))
      if (each.told.length > LISTED) lines.push(`  and ${each.told.length - LISTED} more: --graph`)
    }
    if (each.origins.length === 0) continue
    title('Where it comes in')
    for (const origin of each.origins.slice(0, LISTED)) {
      lines.push(...wrapped(originText(origin), look.width, 2, 4))
    }
  }
  if (report.silent.length > 0) {
    title('Told, called, and nobody there')
    lines.push(...table(silentRows(report.silent), [{}, RIGHT, {}], options))
    const more = report.silent.length - LISTED
    if (more > 0) lines.push(`  and ${more} more: --format json`)
  }
  title('Crawl')
  lines.push(...table(askedRows(report), [{}, {}, RIGHT, RIGHT], options))
  const { endpoints, edges, packets, outside, ended } = report
  const ends = { done: 'nothing is left to ask', stopped: 'stopped', spent: 'the budget is spent' }
  const said =
    `${manyText(endpoints, 'endpoint')} heard of, ${manyText(edges, 'edge')}, ` +
    `${manyText(packets, 'packet')} sent; ${ends[ended]}.` +
    (outside === 0
      ? ''
      : ` Told and not asked, since outside of the allowed networks: ${countText(outside)}.`)
  lines.push(...wrapped(said, look.width, 2))
  return `${lines.join('\n')}\n`
}

function sentenceOf({ channels }: Findings): string {
  const kinds = ['index', 'exchange', 'dht'] as const
  return kinds
    .map((kind) => {
      const ofKind = channels.filter((channel) => channel.kind === kind)
      if (ofKind.some(({ tells }) => tells === 'yes')) return `${kind} yes`
      if (ofKind.some(({ tells }) => tells === 'no')) return `${kind} no`
      return `${kind} ${ofKind.some(({ asked }) => asked > 0) ? 'no answer' : 'not asked'}`
    })
    .join(', ')
}

function channelRows({ channels }: Findings): string[][] {
  const rows = channels.filter(({ asked }) => asked > 0)
  return rows.map(({ family, channel, asked, answered, tellers, tells }) => {
    // Those who tell may also stand in the events, and then need not have answered.
    const count = `told by ${countText(tellers)}; ${countText(answered)} of ${countText(asked)} answered`
    return [family, channel, tells === 'not-asked' ? 'no answer' : tells, count]
  })
}

function askedRows({ channels }: BacktrackReport): string[][] {
  const rows = channels.map(({ family, channel, asked, answered }) => {
    return [family, channel, countText(asked), countText(answered)]
  })
  return rows.length === 0 ? [] : [['', '', 'asked', 'answered'], ...rows]
}

function toldRows({ told }: Findings): string[][] {
  return [
    ['first (UTC)', 'by', 'via', 'port', 'frame'],
    ...told.slice(0, LISTED).map(({ firstMicros, by, via, about, frame }) => {
      const when = dateText(firstMicros).slice(0, 19)
      return [when, endpointText(by), shown(via), String(about.port), countText(frame)]
    }),
  ]
}

function silentRows(silent: readonly Silent[]): string[][] {
  const rows = silent.slice(0, LISTED).map(({ at, tellers, kinds }) => {
    return [endpointText(at), countText(tellers), kinds]
  })
  return [['', 'told by', 'through'], ...rows]
}

function originText({ at, via, why, frame, capture, told, silent }: Origin): string {
  return (
    `${endpointText(at)} (${shown(via)}): ${WHY[why]}; it tells ${manyText(told, 'endpoint')}, ` +
    `${countText(silent)} of which were called in vain; frame ${countText(frame)} of ${shown(capture)}`
  )
}
