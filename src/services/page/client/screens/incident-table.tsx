/** Incidents as a table: who was asked by how many, since when, for what, and what it probably comes from. */
import { endpointText } from '../../../../core/address.ts'
import type { CauseRow, IncidentRow } from '../../../../core/store.ts'
import { useFrame, useHref } from '../frame.ts'
import { FamilyMark, Moment } from '../parts/basic.tsx'
import { compared } from '../parts/completion.ts'
import { Pager, Table } from '../parts/table.tsx'
import { contentText, countText, durationText, safe } from '../words.ts'
import { hypothesisTitle } from './hypotheses.tsx'

interface IncidentTableProps {
  readonly caption: string
  readonly rows: readonly IncidentRow[]
  readonly causes: readonly CauseRow[]
}

export function IncidentTable({ caption, rows, causes }: IncidentTableProps) {
  const { go } = useFrame()
  const href = useHref()
  const ways = ({ target }: IncidentRow) =>
    ({ screen: 'backtrack', key: endpointText(target) }) as const
  return (
    <Table<IncidentRow>
      caption={caption}
      rows={rows}
      keyOf={({ id }) => id}
      onRow={(row) => go(ways(row))}
      columns={[
        {
          title: 'Target',
          isHeader: true,
          class: 'mono',
          cell: (row) => <a href={href(ways(row))}>{endpointText(row.target)}</a>,
        },
        { title: 'Family', cell: ({ family }) => <FamilyMark family={family} /> },
        { title: 'State', cell: (row) => <State row={row} /> },
        {
          title: 'Sources',
          isEnd: true,
          cell: ({ sources, counting }) => (
            <span title={counting === 'estimate' ? 'Estimated, right to a few percent' : undefined}>
              {counting === 'estimate' && '~ '}
              {countText(sources)}
            </span>
          ),
        },
        { title: 'By hour', cell: ({ hours }) => <Hours hours={hours} /> },
        {
          title: 'Began',
          isEnd: true,
          cell: ({ startMicros }) => <Moment micros={startMicros} short />,
        },
        {
          title: 'Lasts',
          isEnd: true,
          cell: ({ startMicros, endMicros }) => durationText(endMicros - startMicros),
        },
        { title: 'Asked for', class: 'clip', cell: (row) => <Wanted row={row} /> },
        {
          title: 'Callers say they are',
          class: 'clip',
          cell: ({ software }) =>
            software[0] === undefined ? (
              <span class="muted">not told</span>
            ) : (
              safe(`${software[0].name} (${countText(software[0].count)})`)
            ),
        },
        { title: 'Probable cause', cell: (row) => <Guess row={row} causes={causes} /> },
        { title: 'First frame', isEnd: true, cell: (row) => <First row={row} /> },
      ]}
    />
  )
}

export function State({ row: { state, partOf } }: { readonly row: IncidentRow }) {
  const { live } = useFrame()
  if (partOf !== undefined) {
    return (
      <span class="muted" title={`Another port of it has more sources: ${endpointText(partOf)}`}>
        part of :{partOf.port}
      </span>
    )
  }
  if (state !== 'open') return <span>○ over</span>
  // Whoever told of it may have been killed before it was over.
  const isGoing = live.status?.state === 'watching' || live.status?.state === 'reading'
  return isGoing ? <span class="warn-text">● goes on</span> : <span>○ end not seen</span>
}

function Wanted({ row: { contents } }: { readonly row: IncidentRow }) {
  const href = useHref()
  const [most] = contents
  if (most === undefined) return <span class="muted">not told</span>
  const more = contents.length > 1 ? ` and ${countText(contents.length - 1)} more` : ''
  return (
    <>
      <a class="mono" href={href({ screen: 'swarm', key: most.name })} title={safe(most.name)}>
        {contentText(most.name)}
      </a>
      {more}
    </>
  )
}

function Guess({
  row,
  causes,
}: Omit<IncidentTableProps, 'rows' | 'caption'> & { readonly row: IncidentRow }) {
  const fitting = causes.filter(
    ({ run, family, verdict }) =>
      (row.run === 0 || run === row.run) &&
      family === row.family &&
      (verdict === 'confirmed' || verdict === 'supported'),
  )
  const [first] = fitting
  if (first === undefined) return <span class="muted">none found</span>
  return <span title={safe(first.text)}>{hypothesisTitle(first.hypothesis)}</span>
}

function First({ row: { first } }: { readonly row: IncidentRow }) {
  const href = useHref()
  if (first === undefined) return <span class="muted">–</span>
  const where = compared('id', '==', first.flow)
  const { flow: open, frame } = first
  return (
    <a href={href({ screen: 'flows', key: '', where, open, frame })} title={safe(first.capture)}>
      {countText(frame)}
    </a>
  )
}

const BAR_WIDTH = 4
const BARS_MAX = 24
const HEIGHT = 18

/** Where an incident lasts longer than a day, bars are of several hours. */
function Hours({ hours }: { readonly hours: readonly number[] }) {
  const each = Math.max(1, Math.ceil(hours.length / BARS_MAX))
  const bars = Array.from({ length: Math.ceil(hours.length / each) }, (_, i) =>
    Math.max(...hours.slice(i * each, (i + 1) * each)),
  )
  const most = Math.max(1, ...bars)
  const path = bars
    .map((count, i) => {
      const height = count === 0 ? 0 : Math.max(1.5, (count / most) * HEIGHT)
      return `M${i * BAR_WIDTH} ${HEIGHT}v-${height.toFixed(1)}h${BAR_WIDTH - 1}V${HEIGHT}z`
    })
    .join('')
  const width = BARS_MAX * BAR_WIDTH
  return (
    <svg
      class="hours"
      width={width}
      height={HEIGHT}
      viewBox={`0 0 ${width} ${HEIGHT}`}
      role="img"
      aria-label={`At most ${countText(most)} sources in one hour of ${countText(hours.length)}`}
    >
      <path d={path} />
    </svg>
  )
}

export const INCIDENTS_SHOWN = 50

/** One page of them, and the way to the others. */
export function IncidentPage({
  total,
  isDark,
  ...table
}: IncidentTableProps & { total: number; isDark: boolean }) {
  const { view, go } = useFrame()
  return (
    <>
      <IncidentTable {...table} />
      <Pager
        page={view.page}
        size={INCIDENTS_SHOWN}
        total={total}
        what={isDark ? 'incidents' : 'targets'}
        onPage={(page) => go({ page })}
      />
    </>
  )
}
