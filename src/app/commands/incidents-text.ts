/** Incidents and the background radiation, for people. */
import { endpointText } from '../../core/address.ts'
import { countText, dateText, durationText, manyText, shareText } from '../../core/figures.ts'
import { shown } from '../../core/text.ts'
import { type ColumnStyle, Painter, table, wrapped } from '../../services/report/layout.ts'
import type { IncidentReport } from './incidents.ts'

interface Look {
  readonly width: number
  readonly colour: boolean
}

/** Incidents that are listed; all are in the other formats. */
const LISTED = 40
const RIGHT: ColumnStyle = { align: 'right' }
const PERCENT = 100
const DEEPER = 6

export function incidentsText(report: IncidentReport, look: Look): string {
  const painter = new Painter(look.colour)
  const lines: string[] = []
  const title = (text: string) =>
    lines.push(...(lines.length > 0 ? [''] : []), painter.paint(text, 'bold'))
  const rows = (all: readonly (readonly string[])[], columns: readonly ColumnStyle[]) =>
    lines.push(...table(all, columns, { width: look.width, indent: 2, painter }))
  const whole = report.incidents.filter(({ partOf }) => partOf === undefined)
  title(
    `${manyText(whole.length, 'incident')}${report.isDark ? '' : ' of calls that nobody answered'}`,
  )
  lines.push(...incidentLines(report, { width: look.width, indent: 2, painter }))
  if (report.incidents.length > LISTED) {
    lines.push(`  and ${report.incidents.length - LISTED} more: --format csv has all`)
  }
  const { systems, months, dispersion, connections, p2p, growthPerYear } = report.radiation
  if (systems.length > 0) {
    title('Systems')
    rows(
      [
        ['', 'incidents', 'sources', 'median', 'hours', 'connections'],
        ...systems.map((system) => [
          system.family,
          countText(system.incidents),
          countText(system.sources),
          countText(Math.round(system.sourcesMedian)),
          system.hoursMedian.toFixed(1),
          countText(system.connections),
        ]),
      ],
      [{}, RIGHT, RIGHT, RIGHT, RIGHT, RIGHT],
    )
  }
  if (!report.isDark) return `${lines.join('\n')}\n`
  title('Background radiation')
  const say = (text: string) => lines.push(...wrapped(text, look.width, 2))
  say(
    `${countText(p2p)} of ${manyText(connections, 'connection')} are P2P, ${shareText(p2p, connections)}.`,
  )
  say(`${manyText(report.scanners, 'source')} that scan, or did not begin with P2P, taken out.`)
  if (growthPerYear !== undefined) say(`Growth of P2P: ${signed(growthPerYear)} a year.`)
  say(
    `P2P came to ${countText(dispersion.asked)} of ${manyText(dispersion.networks, 'network')} of 256 ` +
      `addresses, incidents to ${countText(dispersion.withIncidents)}; evenness ${dispersion.evenness.toFixed(2)}.`,
  )
  if (months.length > 1) {
    title('Months')
    rows(
      [
        ['', 'connections', 'P2P', 'share', 'incidents'],
        ...months.map((month) => [
          month.month,
          countText(month.connections),
          countText(month.p2p),
          shareText(month.p2p, month.connections),
          countText(month.incidents),
        ]),
      ],
      [{}, RIGHT, RIGHT, RIGHT, RIGHT],
    )
  }
  return `${lines.join('\n')}\n`
}

/** Each with a second line: what it is part of, who told it, what was asked, and with what. */
function incidentLines(
  { incidents }: IncidentReport,
  options: Parameters<typeof table>[2],
): string[] {
  if (incidents.length === 0) return []
  const listed = incidents.slice(0, LISTED)
  const rows = listed.map((incident) => [
    dateText(incident.startMicros).slice(0, 19),
    durationText(incident.endMicros - incident.startMicros),
    incident.family,
    endpointText(incident.target),
    `${incident.counting === 'estimate' ? '~' : ''}${countText(incident.sources)}`,
    countText(incident.peak),
  ])
  const all = [['start (UTC)', 'lasts', '', 'target', 'sources', 'peak'], ...rows]
  const [head, ...lines] = table(all, [{}, RIGHT, {}, {}, RIGHT, RIGHT], options)
  return [
    head!,
    ...lines.flatMap((line, i) => {
      const about = aboutText(listed[i]!)
      return about === '' ? [line] : [line, ...wrapped(about, options.width, DEEPER)]
    }),
  ]
}

function aboutText(incident: IncidentReport['incidents'][number]): string {
  const { partOf, contents, software, taughtBy } = incident
  const parts = [
    partOf && `part of ${endpointText(partOf)}`,
    taughtBy &&
      `told by ${endpointText(taughtBy.by)} (${taughtBy.via}), frame ${taughtBy.frame} of ${taughtBy.capture}`,
    contents[0] && `for ${contents[0].name}`,
    software[0] && `by ${software[0].name}`,
  ]
  return shown(parts.filter((part) => part !== undefined).join('; '))
}

function signed(growth: number): string {
  return `${growth < 0 ? '−' : '+'}${Math.abs(PERCENT * growth).toFixed(0)} %`
}
