/** One content: its names and who told them, its files, its peers and who named them. */
import type { SwarmDetail } from '../../../../core/store.ts'
import { PATHS } from '../../api.ts'
import { misnamed } from '../../misnamed.ts'
import { fileUrl } from '../ask.ts'
import { biggest } from '../charts/stack.ts'
import { TimeChart } from '../charts/time-chart.tsx'
import { useAnswer, useFrame, useHref } from '../frame.ts'
import { Answered, Bar, Empty, Fact, FamilyMarks, Moment, Section } from '../parts/basic.tsx'
import { compared } from '../parts/completion.ts'
import { copy } from '../parts/export-menu.tsx'
import { Table } from '../parts/table.tsx'
import { bytesText, contentText, counted, countText, percentText, safe } from '../words.ts'
import { Acting, PEERS_PAGE, Peers } from './swarm-peers.tsx'

export function SwarmScreen() {
  const { view } = useFrame()
  const swarm = useAnswer('swarm', {
    content: view.key,
    limit: PEERS_PAGE,
    offset: view.page * PEERS_PAGE,
  })
  return (
    <div class="screen swarm">
      {swarm.answer === undefined && <h1 class="wrap">{contentText(view.key)}</h1>}
      <Answered of={swarm} what="the content">
        {(answer) => <Swarm swarm={answer} />}
      </Answered>
    </div>
  )
}

function Swarm({ swarm }: { readonly swarm: SwarmDetail }) {
  const { which, view } = useFrame()
  return (
    <>
      <Head swarm={swarm} />
      <div class="two">
        <Names swarm={swarm} />
        <Files swarm={swarm} />
      </div>
      <div class="three">
        <Acting swarm={swarm} />
        <Shares
          title="Channels"
          note="Who named its peers, and how often."
          what="Channel"
          unit="Claims"
          rows={swarm.channels.map(({ via, claims }) => [via, claims] as const)}
          empty="Nobody named a peer of it."
        />
        <Clusters swarm={swarm} />
      </div>
      <Named swarm={swarm} />
      <Section
        title="Peers"
        note={`${counted(swarm.peers.total, 'endpoint')} of ${counted(swarm.hosts, 'host')}: ports are told apart.`}
        actions={
          <a
            class="button"
            href={fileUrl(PATHS.peersCsv, { ...which, content: view.key })}
            download
          >
            Peers as CSV
          </a>
        }
      >
        <Peers swarm={swarm} />
      </Section>
    </>
  )
}

function Head({ swarm }: { readonly swarm: SwarmDetail }) {
  const href = useHref()
  const { say } = useFrame()
  const { content, name, size, hosts, asking, bytes, families, also } = swarm
  return (
    <header class="host-head">
      <div>
        <p class="over">{size === undefined || swarm.files.length > 1 ? 'Swarm' : 'File'}</p>
        <h1 class="name">{name === undefined ? 'Name not told' : safe(name)}</h1>
        <p class="urn">
          <code class="wrap">{safe(content)}</code>
          <button
            type="button"
            class="quiet"
            onClick={() => void copy(content).then(() => say('Hash copied.'))}
          >
            Copy
          </button>
        </p>
        {also.length > 0 && (
          <p class="muted also">
            Also:{' '}
            {also.map((urn) => (
              <a key={urn} class="mono wrap" href={href({ screen: 'swarm', key: urn })}>
                {safe(urn)}
              </a>
            ))}
          </p>
        )}
        <FamilyMarks families={families} />
      </div>
      <dl class="facts">
        <Fact title="Size">{size === undefined ? 'not told' : bytesText(size)}</Fact>
        <Fact title="Hosts">{countText(hosts)}</Fact>
        <Fact title="Asking">{countText(asking)}</Fact>
        <Fact title="Moved here">{bytesText(bytes)}</Fact>
        <Unrouted peers={swarm.peers} />
        <Fact title="Last seen">
          <Moment micros={swarm.lastMicros} />
        </Fact>
        <Fact title="Who told whom">
          <a href={href({ screen: 'backtrack', key: content })}>show</a>
        </Fact>
        <Fact title="Flows">
          <a href={href({ screen: 'flows', key: '', where: compared('content', '==', content) })}>
            show
          </a>
        </Fact>
      </dl>
    </header>
  )
}

function Unrouted({ peers: { rows, total } }: Pick<SwarmDetail, 'peers'>) {
  const lies = misnamed(rows)
  if (lies === 0) return null
  return (
    <Fact title="Unroutable peers">
      <span class="warn-text">
        <span aria-hidden="true">▲ </span>
        {percentText(lies / rows.length)}
      </span>
      {rows.length < total && <small class="muted"> of those shown</small>}
    </Fact>
  )
}

function Names({ swarm }: { readonly swarm: SwarmDetail }) {
  const href = useHref()
  return (
    <Section title="Names" note="And where each came from.">
      {swarm.names.length === 0 ? (
        <Empty title="Nobody said a name.">Those who exchange it had it from elsewhere.</Empty>
      ) : (
        <Table
          caption="Names of the content and who told them"
          rows={swarm.names}
          keyOf={(_, index) => String(index)}
          columns={[
            { title: 'Name', isHeader: true, class: 'name-cell', cell: ({ name }) => safe(name) },
            {
              title: 'From',
              cell: ({ via, verified }) => (
                <>
                  {safe(via)}{' '}
                  {verified && (
                    <small class="tag" title="Checked against the hash">
                      ✓ checked
                    </small>
                  )}
                </>
              ),
            },
            {
              title: 'Said by',
              class: 'mono',
              cell: ({ by }) => <a href={href({ screen: 'host', key: by })}>{by}</a>,
            },
            {
              title: 'Frame',
              isEnd: true,
              cell: ({ frame, capture }) => <span title={safe(capture)}>{frame}</span>,
            },
            { title: 'When', isEnd: true, cell: ({ micros }) => <Moment micros={micros} short /> },
          ]}
        />
      )}
    </Section>
  )
}

function Files({ swarm }: { readonly swarm: SwarmDetail }) {
  return (
    <Section title="Files" note={swarm.files.length > 0 && counted(swarm.files.length, 'file')}>
      {swarm.files.length === 0 ? (
        <Empty title="The list of files was not told." />
      ) : (
        <Table
          caption="Files of the content"
          rows={swarm.files}
          keyOf={({ path }) => path}
          columns={[
            { title: 'Path', isHeader: true, class: 'name-cell', cell: ({ path }) => safe(path) },
            { title: 'Size', isEnd: true, cell: ({ size }) => bytesText(size) },
          ]}
        />
      )}
    </Section>
  )
}

function Clusters({ swarm }: { readonly swarm: SwarmDetail }) {
  return (
    <Shares
      title="Clusters"
      note="Networks that hold many of the peers: many names at one place may be one machine."
      what="Network"
      unit="Peers"
      rows={swarm.clusters.map(({ network, peers }) => [network, peers] as const)}
      empty="No network holds many of its peers."
      whereOf={(network) => `host==${network}`}
    />
  )
}

/** Channels with a colour of their own. */
const CHANNELS_MAX = 7

function Named({ swarm: { overTime } }: { readonly swarm: SwarmDetail }) {
  const { go } = useFrame()
  const { from, stepMicros, channels } = overTime
  const layers = biggest(
    channels.map(({ via, peers }, colour) => ({
      ...{ key: via, label: safe(via), colour, hatched: false, values: peers },
    })),
    CHANNELS_MAX,
    (rest) => `${rest.length} more`,
  )
  return (
    <Section title="Peers over time" note="How many each channel named.">
      {layers.length === 0 ? (
        <Empty title="Nobody named a peer of it." />
      ) : (
        <TimeChart
          label="Peers that were named, over time, by channel"
          kind="bars"
          from={from}
          stepMicros={stepMicros}
          layers={layers}
          format={countText}
          height={150}
          onBrush={(span) => go({ span, last: undefined, page: 0 })}
        />
      )}
    </Section>
  )
}

interface SharesProps {
  readonly title: string
  readonly note: string
  readonly what: string
  readonly unit: string
  readonly rows: readonly (readonly [string, number])[]
  readonly empty: string
  readonly whereOf?: (value: string) => string
}

function Shares({ title, note, what, unit, rows, empty, whereOf }: SharesProps) {
  const href = useHref()
  const most = Math.max(1, ...rows.map(([, count]) => count))
  return (
    <Section title={title} note={note}>
      {rows.length === 0 ? (
        <Empty title={empty} />
      ) : (
        <Table
          caption={`${title}: ${note}`}
          rows={rows}
          keyOf={([value]) => value}
          columns={[
            {
              title: what,
              isHeader: true,
              class: whereOf ? 'mono' : '',
              cell: ([value]) =>
                whereOf === undefined ? (
                  safe(value)
                ) : (
                  <a href={href({ screen: 'flows', key: '', where: whereOf(value) })}>{value}</a>
                ),
            },
            {
              title: unit,
              isEnd: true,
              cell: ([, count]) => (
                <span class="with-bar">
                  <Bar share={count / most} />
                  {countText(count)}
                </span>
              ),
            },
          ]}
        />
      )}
    </Section>
  )
}
