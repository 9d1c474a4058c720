/** What was called of dark networks of IPv6, as a table: a map of one would be empty. */
import type { DarkPlace } from '../../api.ts'
import { useAnswer, useFrame, useHref } from '../frame.ts'
import { Answered, Bar, Empty, Section } from '../parts/basic.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { counted, countText, safe } from '../words.ts'

export function SixSection({ networks }: { readonly networks: readonly string[] }) {
  const { which, view } = useFrame()
  const places = useAnswer('places', {
    ...which,
    ...(view.where !== '' && { where: view.where }),
  })
  return (
    <Section
      title={`Called in ${networks.join(', ')}`}
      note="Networks of IPv6 are too large for a map: /64s that were called, or the addresses of a /64."
      class="six-card"
    >
      <Answered of={places} what="what was called">
        {({ rows, total, flows, isCut }) => (
          <>
            {rows.length === 0 ? (
              <Empty title="Nobody called in this time range." />
            ) : (
              <Places rows={rows} />
            )}
            {(isCut || total > rows.length) && (
              <p class="card-part">
                The {countText(rows.length)} most called of {countText(total)}, counted in{' '}
                {counted(flows, 'flow')}
                {isCut ? '; there are more than that' : ''}.
              </p>
            )}
          </>
        )}
      </Answered>
    </Section>
  )
}

function Places({ rows }: { readonly rows: readonly DarkPlace[] }) {
  const { families } = useFrame()
  const href = useHref()
  const most = Math.max(1, rows[0]?.p2pSources ?? 0)
  const columns: Column<DarkPlace>[] = [
    {
      title: 'Called',
      isHeader: true,
      class: 'mono',
      cell: ({ place }) => (
        <a href={href({ screen: 'flows', key: '', where: `dst==${place}` })}>{place}</a>
      ),
    },
    {
      title: 'P2P callers',
      isEnd: true,
      cell: ({ p2pSources }) => (
        <span class="with-bar">
          <Bar share={p2pSources / most} />
          {countText(p2pSources)}
        </span>
      ),
    },
    { title: 'Callers', isEnd: true, cell: ({ sources }) => countText(sources) },
    {
      title: 'Most spoke',
      cell: ({ family }) => (family === undefined ? '–' : safe(families.title(family))),
    },
  ]
  return (
    <Table<DarkPlace>
      caption="Called places of IPv6"
      rows={rows}
      keyOf={({ place }) => place}
      columns={columns}
    />
  )
}
