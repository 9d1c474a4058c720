/** All contents that were named, the busiest first. */
import type { SwarmRow } from '../../../../core/store.ts'
import { useAnswer, useFrame, useHref } from '../frame.ts'
import { Answered, Empty, FamilyMarks, Moment, Section } from '../parts/basic.tsx'
import { Pager, Table } from '../parts/table.tsx'
import { bytesText, contentText, countText, safe } from '../words.ts'

const PAGE = 100

export function SwarmsScreen() {
  const { which, view, go } = useFrame()
  const swarms = useAnswer('swarms', {
    ...which,
    limit: PAGE,
    offset: view.page * PAGE,
    text: view.text,
  })
  return (
    <div class="screen">
      <h1>Swarms and files</h1>
      <Section
        title="Contents that were named"
        actions={
          <label class="filter">
            Name contains
            <input
              type="search"
              value={view.text}
              onInput={(event) => go({ text: event.currentTarget.value, page: 0 }, true)}
            />
          </label>
        }
      >
        <Answered of={swarms} what="the contents">
          {({ rows, total }) =>
            total === 0 ? (
              <Empty
                title={
                  view.text === ''
                    ? 'No content was named in this time range.'
                    : 'No name contains this.'
                }
              />
            ) : (
              <>
                <SwarmTable rows={rows} />
                <Pager
                  page={view.page}
                  size={PAGE}
                  total={total}
                  what="contents"
                  onPage={(page) => go({ page })}
                />
              </>
            )
          }
        </Answered>
      </Section>
    </div>
  )
}

function SwarmTable({ rows }: { readonly rows: readonly SwarmRow[] }) {
  const { go } = useFrame()
  const href = useHref()
  return (
    <Table<SwarmRow>
      caption="Contents that were named"
      rows={rows}
      keyOf={({ content }) => content}
      onRow={({ content }) => go({ screen: 'swarm', key: content })}
      columns={[
        {
          title: 'Name',
          isHeader: true,
          class: 'clip name-cell',
          cell: ({ content, name }) => (
            <a href={href({ screen: 'swarm', key: content })} title={name && safe(name)}>
              {name === undefined ? <span class="muted">name not told</span> : safe(name)}
            </a>
          ),
        },
        {
          title: 'Hash',
          class: 'mono',
          cell: ({ content }) => <span title={content}>{contentText(content)}</span>,
        },
        { title: 'Families', cell: ({ families }) => <FamilyMarks families={families} /> },
        {
          title: 'Size',
          isEnd: true,
          cell: ({ size }) => (size === undefined ? '–' : bytesText(size)),
        },
        { title: 'Hosts', isEnd: true, cell: ({ hosts }) => countText(hosts) },
        { title: 'Asking', isEnd: true, cell: ({ asking }) => countText(asking) },
        { title: 'Moved here', isEnd: true, cell: ({ bytes }) => bytesText(bytes) },
        {
          title: 'Last',
          isEnd: true,
          cell: ({ lastMicros }) => <Moment micros={lastMicros} short />,
        },
      ]}
    />
  )
}
