/** Hosts with verdicts: the list of all, and the table that the first screen shows of the worst. */
import type { HostRow } from '../../../../core/store.ts'
import { useAnswer, useFrame } from '../frame.ts'
import {
  Answered,
  Empty,
  FamilyMarks,
  Moment,
  Score,
  Section,
  SurenessMark,
} from '../parts/basic.tsx'
import { HostLink, NetworkTag } from '../parts/host-name.tsx'
import { type Column, Pager, Table } from '../parts/table.tsx'
import type { HostOrder } from '../view.ts'
import { bytesText, countText, safe } from '../words.ts'

const PAGE = 100

export function HostsScreen() {
  const { which, view, go } = useFrame()
  const hosts = useAnswer('hosts', {
    ...which,
    limit: PAGE,
    offset: view.page * PAGE,
    order: view.hostOrder,
  })
  return (
    <div class="screen">
      <h1>Hosts</h1>
      <Section title="All hosts with a verdict" note="Bytes and flows of the chosen time range.">
        <Answered of={hosts} what="the hosts">
          {({ rows, total }) =>
            total === 0 ? (
              <Empty title="No host with a verdict in this time range." />
            ) : (
              <>
                <HostsTable rows={rows} isWide />
                <Pager
                  page={view.page}
                  size={PAGE}
                  total={total}
                  what="hosts"
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

export function HostsTable({
  rows,
  isWide = false,
}: {
  readonly rows: readonly HostRow[]
  readonly isWide?: boolean
}) {
  const { view, go } = useFrame()
  const sort = (order: HostOrder) => ({
    isOn: view.hostOrder === order,
    isDescending: true,
    choose: () => go({ hostOrder: order, page: 0 }, true),
  })
  const columns: Column<HostRow>[] = [
    {
      title: 'Host',
      isHeader: true,
      cell: ({ host }) => (
        <>
          <HostLink ip={host} /> <NetworkTag ip={host} />
        </>
      ),
    },
    {
      title: 'Verdict',
      class: 'verdict-cell',
      sort: sort('score'),
      cell: ({ score, sureness }) => (
        <>
          <Score score={score} sureness={sureness} /> <SurenessMark sureness={sureness} />
        </>
      ),
    },
    { title: 'Families', cell: ({ families }) => <FamilyMarks families={families} /> },
    {
      title: 'Software',
      class: 'clip',
      cell: ({ software }) =>
        software.length === 0 ? <span class="muted">not told</span> : safe(software.join(', ')),
    },
    {
      title: 'Up',
      isEnd: true,
      sort: sort('bytes'),
      cell: ({ bytesSent }) => bytesText(bytesSent),
    },
    { title: 'Down', isEnd: true, cell: ({ bytesReceived }) => bytesText(bytesReceived) },
    { title: 'Flows', isEnd: true, cell: ({ flows }) => countText(flows) },
    { title: 'Peers', isEnd: true, cell: ({ peers }) => countText(peers) },
    {
      title: 'Last seen',
      isEnd: true,
      sort: sort('last'),
      cell: ({ lastMicros }) => <Moment micros={lastMicros} short />,
    },
  ]
  const reason: Column<HostRow> = {
    title: 'Strongest reason',
    class: 'clip reason-cell',
    cell: ({ reasons }) => safe(reasons[0]?.text ?? ''),
  }
  return (
    <Table
      caption="Hosts with a verdict"
      columns={isWide ? [...columns, reason] : columns}
      rows={rows}
      keyOf={({ host }) => host}
      onRow={({ host }) => go({ screen: 'host', key: host })}
    />
  )
}
