/** The table of flows. */
import type { FlowOrder, FlowRow } from '../../../../core/store.ts'
import { calledText, openerText, protoText } from '../../icmp.ts'
import { useFrame, useHref } from '../frame.ts'
import { FamilyMark, Moment, SurenessMark } from '../parts/basic.tsx'
import { type Column, type Sort, Table } from '../parts/table.tsx'
import { bytesText, countText, durationText, safe } from '../words.ts'

interface FlowTableProps {
  readonly rows: readonly FlowRow[]
  readonly chosen: ReadonlySet<string>
  readonly toggle: (id: string) => void
  readonly sort: (order: FlowOrder) => Sort
}

const ENDS: readonly Column<FlowRow>[] = [
  { title: 'Proto', cell: protoText },
  {
    title: 'Opened by',
    class: 'mono',
    cell: openerText,
  },
  {
    title: 'Called',
    class: 'mono',
    cell: calledText,
  },
]

function FamilyCell({ family, part }: FlowRow) {
  if (family === undefined) return <span class="muted">not known</span>
  return (
    <>
      <FamilyMark family={family} /> <span class="muted">{safe(part ?? '')}</span>
    </>
  )
}

function Lasts({ startMicros, endMicros, open }: FlowRow) {
  return (
    <>
      {durationText(endMicros - startMicros)}
      {open && <span title="It was not over when last heard of"> …</span>}
    </>
  )
}

export function FlowTable({ rows, chosen, toggle, sort }: FlowTableProps) {
  const { view, go } = useFrame()
  const href = useHref()
  const open = (id: string) => ({ open: view.open === id ? '' : id, frame: undefined })
  const columns: Column<FlowRow>[] = [
    {
      title: <span class="hidden">Chosen</span>,
      class: 'box',
      cell: ({ id }) => (
        <label class="tick">
          <input type="checkbox" checked={chosen.has(id)} onChange={() => toggle(id)} />
          <span class="hidden">Choose flow {id}</span>
        </label>
      ),
    },
    {
      title: 'Flow',
      isHeader: true,
      cell: ({ id }) => (
        <a href={href(open(id))} data-open={id} aria-current={view.open === id}>
          {id}
        </a>
      ),
    },
    {
      title: 'Start',
      sort: sort('start'),
      cell: ({ startMicros }) => <Moment micros={startMicros} short />,
    },
    {
      title: 'Lasts',
      isEnd: true,
      sort: sort('duration'),
      cell: Lasts,
    },
    { title: 'Family', sort: sort('family'), cell: FamilyCell },
    {
      title: 'Sureness',
      cell: ({ sureness }) => (sureness === undefined ? '' : <SurenessMark sureness={sureness} />),
    },
    ...ENDS,
    {
      title: 'Packets',
      isEnd: true,
      sort: sort('packets'),
      cell: ({ packets }) => countText(packets[0] + packets[1]),
    },
    {
      title: 'Bytes',
      isEnd: true,
      sort: sort('bytes'),
      cell: ({ bytes }) => (
        <span title={`${countText(bytes[0])} from the opener, ${countText(bytes[1])} back`}>
          {bytesText(bytes[0] + bytes[1])}
        </span>
      ),
    },
  ]
  return (
    <Table
      caption="Flows that match"
      columns={columns}
      rows={rows}
      keyOf={({ id }) => id}
      isChosen={({ id }) => id === view.open}
      onRow={({ id }) => go(open(id))}
    />
  )
}
