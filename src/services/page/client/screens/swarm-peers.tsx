/** Peers of a content: who named each, and which of them were seen to act. */
import { endpointText, unroutable } from '../../../../core/address.ts'
import type { SwarmDetail, SwarmPeer } from '../../../../core/store.ts'
import { useFrame, useHref } from '../frame.ts'
import { Empty, Moment, Section } from '../parts/basic.tsx'
import { HostLink, NetworkTag } from '../parts/host-name.tsx'
import { Pager, Table } from '../parts/table.tsx'
import { countText, safe } from '../words.ts'

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
        keyOf={({ ip, port }) => endpointText({ ip, port })}
        columns={[
          {
            title: 'Address',
            isHeader: true,
            class: 'mono',
            cell: ({ ip, port }) => (
              <a href={href({ screen: 'host', key: ip })}>{endpointText({ ip, port })}</a>
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
            cell: ({ ip, routable, seen }) => {
              if (routable) return 'yes'
              if (unroutable(ip) === 'private') return 'no, private'
              // Whoever acts is there, though nobody outside can reach it; a mere name is a lie.
              return seen ? 'no, but here' : <span class="warn-text">▲ no</span>
            },
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
  const seen = swarm.peers.rows.filter((peer) => peer.seen)
  // One host may have acted from several ports.
  const acting = [...new Map(seen.map((peer) => [peer.ip, peer])).values()]
  return (
    <Section title="Seen to act" note="Hosts that took part in what was captured.">
      {acting.length === 0 ? (
        <Empty title="None of the peers was seen itself." />
      ) : (
        <Table<SwarmPeer>
          caption="Peers that were seen to act"
          rows={acting}
          keyOf={({ ip }) => ip}
          columns={[
            {
              title: 'Host',
              isHeader: true,
              cell: ({ ip }) => (
                <>
                  <HostLink ip={ip} /> <NetworkTag ip={ip} />
                </>
              ),
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
