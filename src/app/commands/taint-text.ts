/** What an examination found, for people. */
import { countText } from '../../core/figures.ts'
import { shown } from '../../core/text.ts'
import type { ClassRow, FedRow, ToldRow } from '../../services/taint/taint.ts'
import type { TaintReport } from './taint.ts'

/** Addresses of unknown origin that are listed. */
const STRANGE_SHOWN = 10

export function taintText(report: TaintReport): string {
  const { software, version, seconds, packets, dropped, fed, told, classes } = report
  const name = [software ?? 'the client', version && `(its program says ${version})`]
  const lines = [
    `${name
      .filter(Boolean)
      .map((text) => shown(text as string))
      .join(' ')}: ${seconds} s, ${countText(packets)} packets`,
    ...(dropped > 0
      ? [`${countText(dropped)} packets were lost: what they said is not known`]
      : []),
    '',
    ...table([
      ['fed by', 'group', 'marks', 'fed', 'called', 'called wrongly'],
      ...fed.map(fedCells),
    ]),
    '',
  ]
  if (told.length === 0) lines.push('It passed on no mark.')
  else {
    const heads = ['fed by', 'group', 'told by', 'octets', 'port', 'marks', 'after s']
    lines.push(...table([heads, ...told.map((row) => toldCells(row, report.marks))]))
  }
  lines.push('', ...classTable(classes))
  if (report.strangeCount > 0) {
    lines.push('', `${countText(report.strangeCount)} times it told of addresses that nobody fed:`)
    for (const { via, about } of report.strange.slice(0, STRANGE_SHOWN)) {
      lines.push(`  ${via} ${about}`)
    }
  }
  return `${lines.join('\n')}\n`
}

function fedCells({ channel, group, marks, fed, called, calledWrongly }: FedRow): string[] {
  const wrongly = Object.entries(calledWrongly).map(([how, count]) => `${how} ${count}`)
  return [channel, group, String(marks), String(fed), String(called), wrongly.join(', ') || '-']
}

function toldCells(row: ToldRow, all: number): string[] {
  const { channel, group, via, order, port, marks, seconds } = row
  const [first, last] = seconds.map((each) => each.toFixed(0))
  return [
    channel,
    group,
    via,
    order,
    port,
    `${marks} of ${all}`,
    first === last ? first! : `${first}–${last}`,
  ]
}

function classTable(classes: readonly ClassRow[]): string[] {
  const vias = [...new Set(classes.map(({ via }) => via))]
  const channels = [...new Set(classes.map(({ channel }) => channel))]
  const rows = channels.map((channel) => [
    channel,
    ...vias.map((via) => classes.find((row) => row.channel === channel && row.via === via)!.passes),
  ])
  return table([['fed ↓ told →', ...vias], ...rows])
}

/** Columns as wide as their widest cell. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)))
  return rows.map((row) => {
    return row
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join('  ')
      .trimEnd()
  })
}
