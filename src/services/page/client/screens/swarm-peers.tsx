/** Peers of a content: who named each, and which of them were seen to act. */
import type { SwarmDetail, SwarmPeer } from '../../../../core/store.ts'
import { useFrame, useHref } from '../frame.ts'
import { Empty, Moment, Section } from '../parts/basic.tsx'
import { Pager, Table } from '../parts/table.tsx'
import { countText, endpointText, safe } from '../words.ts'

export const PEERS_PAGE = 100

export function Peers({ swarm }: { readonly swarm: SwarmDetail }) {
  const { view, go } = useFrame()
  const href = useHref()
  if (swarm.peers.total === 0) return <Empty title="No peer of it was named or seen." />
  return (
    <>
      <Table<SwarmPeer>
        caption="Peers of the content"
        rows={swarm.peers.rows}
        keyOf={({ ip, port }) => endpointText(ip, port)}
        columns={[
          {
            title: 'Address',
            isHeader: true,
            class: 'mono',
            cell: ({ ip, port }) => (
              <a href={href({ screen: 'host', key: ip })}>{endpointText(ip, port)}</a>
            ),
          },
          { title: 'Named through', cell: ({ via }) => safe(via.join(', ')) },
          { title: 'Named by', isEnd: true, cell: ({ by }) => countText(by) },
          {
            title: 'Seen to act',
            cell: ({ seen }) => (seen ? '● seen' : <span class="muted">○ only named</span>),
          },
          {
            title: 'Routable',
            cell: ({ routable }) => (routable ? 'yes' : <span class="warn-text">▲ no</span>),
          },
          { title: 'Software', class: 'clip', cell: ({ software }) => safe(software ?? '–') },
          {
            title: 'First',
            isEnd: true,
            cell: ({ firstMicros }) => <Moment micros={firstMicros} short />,
          },
          {
            title: 'Last',
            isEnd: true,
            cell: ({ lastMicros }) => <Moment micros={lastMicros} short />,
          },
        ]}
      />
      <Pager
        page={view.page}
        size={PEERS_PAGE}
        total={swarm.peers.total}
        what="peers"
        onPage={(page) => go({ page })}
      />
    </>
  )
}

/** Those that took part where we looked: our hosts, as a rule, and those that they spoke with. */
export function Acting({ swarm }: { readonly swarm: SwarmDetail }) {
  const href = useHref()
  const acting = swarm.peers.rows.filter(({ seen }) => seen)
  return (
    <Section title="Seen to act" note="Hosts that took part in what was captured.">
      {acting.length === 0 ? (
        <Empty title="None of the peers was seen itself." />
      ) : (
        <Table<SwarmPeer>
          caption="Peers that were seen to act"
          rows={acting}
          keyOf={({ ip, port }) => endpointText(ip, port)}
          columns={[
            {
              title: 'Host',
              isHeader: true,
              class: 'mono',
              cell: ({ ip }) => <a href={href({ screen: 'host', key: ip })}>{ip}</a>,
            },
            {
              title: 'Software',
              class: 'clip',
              cell: ({ software }) => safe(software ?? 'not told'),
            },
            {
              title: 'Since',
              isEnd: true,
              cell: ({ firstMicros }) => <Moment micros={firstMicros} short />,
            },
          ]}
        />
      )}
    </Section>
  )
}
