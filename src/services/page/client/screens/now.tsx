/** "What P2P is here, who, how sure, is it bad?" */
import type { FamilyRow, HostRow, Overview, TrafficChart } from '../../../../core/store.ts'
import { biggest, type Layer, stepsFor } from '../charts/stack.ts'
import { TimeChart } from '../charts/time-chart.tsx'
import type { Families } from '../families.ts'
import { useAnswer, useFrame, useHref } from '../frame.ts'
import { Answered, Bar, Empty, FamilyMark, Section, Tile } from '../parts/basic.tsx'
import { compared } from '../parts/completion.ts'
import { FindingList } from '../parts/findings.tsx'
import { Table } from '../parts/table.tsx'
import { bytesText, counted, countText, percentText } from '../words.ts'
import { HostsTable } from './hosts.tsx'

const LAYERS_MAX = 9
const HOSTS_SHOWN = 12
const THREATS_SHOWN = 8

export function NowScreen() {
  const { which, whole, view, go } = useFrame()
  const span = which.span ?? whole
  const href = useHref()
  const overview = useAnswer('overview', which)
  const traffic = useAnswer('traffic', span && { ...which, steps: stepsFor(span) })
  const hosts = useAnswer('hosts', { ...which, limit: HOSTS_SHOWN, order: view.hostOrder })
  const threats = useAnswer('threats', { ...which, limit: THREATS_SHOWN })
  return (
    <div class="screen now">
      <h1 class="hidden">Now: what P2P is here</h1>
      <Answered of={overview} what="the overview">
        {(answer) => <Tiles overview={answer} />}
      </Answered>
      <Section
        title="P2P traffic by family"
        note="Drag over the chart to choose a time."
        actions={
          <label class="switch">
            <input
              type="checkbox"
              checked={view.all}
              onChange={(event) => go({ all: event.currentTarget.checked }, true)}
            />
            With all other traffic
          </label>
        }
        class="wide"
      >
        <Answered of={traffic} what="the traffic">
          {(chart) => <Traffic chart={chart} />}
        </Answered>
      </Section>
      <Section
        title="Hosts"
        note={
          hosts.answer && counted(hosts.answer.total, 'host with a verdict', 'hosts with a verdict')
        }
        actions={<a href={href({ screen: 'host', key: '' })}>All hosts</a>}
        class="hosts"
      >
        <Answered of={hosts} what="the hosts">
          {({ rows }) => <Hosts rows={rows} />}
        </Answered>
      </Section>
      <div class="now-side">
        <Section
          title="Findings"
          note={threats.answer && counted(threats.answer.total, 'open finding')}
          class="threats"
        >
          <Answered of={threats} what="the findings">
            {({ rows }) =>
              rows.length === 0 ? (
                <Empty title="No open findings." />
              ) : (
                <FindingList rows={rows} hasHosts />
              )
            }
          </Answered>
        </Section>
        <Section title="Families" class="family-list">
          <Answered of={overview} what="the families">
            {(answer) => <FamilyTable overview={answer} />}
          </Answered>
        </Section>
      </div>
    </div>
  )
}

function Tiles({ overview }: { readonly overview: Overview }) {
  const { p2pBytes, bytes, p2pFlows, hosts, threats, dropped, packets, families } = overview
  const matched = families.reduce((sum, family) => sum + family.matchedFlows, 0)
  return (
    <dl class="tiles">
      <Tile title="P2P share" value={bytes === 0 ? '–' : percentText(p2pBytes / bytes)}>
        {bytesText(p2pBytes)} of {bytesText(bytes)} of IP
      </Tile>
      <Tile title="Hosts with a verdict" value={countText(hosts)}>
        {families.length === 0
          ? 'no family seen'
          : `in ${counted(families.length, 'family', 'families')}`}
      </Tile>
      <Tile title="P2P flows" value={countText(p2pFlows)}>
        {p2pFlows === 0
          ? 'none seen'
          : matched === 0
            ? 'all by their bytes'
            : `${countText(matched)} by endpoint only`}
      </Tile>
      <Tile title="Open findings" value={countText(threats)} tone={threats > 0 ? 'warn' : ''}>
        {threats === 0 ? 'nothing found' : 'see the list below'}
      </Tile>
      <Tile title="Capture drops" value={countText(dropped)} tone={dropped > 0 ? 'bad' : ''}>
        {dropped === 0
          ? `of ${countText(packets)} packets of IP`
          : `${percentText(dropped / Math.max(1, packets + dropped))} lost: amounts are too small`}
      </Tile>
    </dl>
  )
}

function layersOf(chart: TrafficChart, families: Families, all: boolean): Layer[] {
  const perSecond = 1e6 / chart.stepMicros
  const rate = (bytes: readonly number[]) => bytes.map((amount) => amount * perSecond)
  const named: Layer[] = chart.series.map(({ family, matched, bytes }) => ({
    key: family,
    label: matched ? `${families.title(family)}, by endpoint` : families.title(family),
    colour: families.colour(family),
    hatched: matched,
    values: rate(bytes),
  }))
  const kept = biggest(named, LAYERS_MAX, othersText)
  if (!all) return kept
  const rest: Layer = {
    key: 'rest',
    label: 'Not P2P',
    colour: 'rest',
    hatched: false,
    values: rate(chart.rest),
  }
  return [...kept, rest]
}

/** A family that is shown by its bytes may be among the rest by its endpoints. */
function othersText(rest: readonly Layer[], kept: readonly Layer[]): string {
  const shown = new Set(kept.map(({ key }) => key))
  const others = new Set(rest.map(({ key }) => key).filter((key) => !shown.has(key)))
  return others.size === 0 ? 'The rest' : `${countText(others.size)} more`
}

function Traffic({ chart }: { readonly chart: TrafficChart }) {
  const { families, view, go } = useFrame()
  const layers = layersOf(chart, families, view.all)
  if (layers.length === 0) {
    return (
      <Empty title="No P2P traffic in this time range.">
        Choose a longer one in the line above, or look at all other traffic.
      </Empty>
    )
  }
  return (
    <TimeChart
      label="Bytes per second of P2P traffic over time, by family. Hatched: named by endpoint only."
      kind="stack"
      from={chart.from}
      stepMicros={chart.stepMicros}
      layers={layers}
      format={(value) => `${bytesText(value)}/s`}
      height={260}
      onBrush={(span) => go({ span, last: undefined })}
      onLayer={(family) =>
        go({ screen: 'flows', key: '', where: compared('family', '==', family) })
      }
    />
  )
}

function Hosts({ rows }: { readonly rows: readonly HostRow[] }) {
  if (rows.length > 0) return <HostsTable rows={rows} />
  return (
    <Empty title="No host with a verdict.">
      A host gets one when it was seen to take part in an overlay, not when others merely name it.
    </Empty>
  )
}

function FamilyTable({ overview }: { readonly overview: Overview }) {
  const href = useHref()
  const most = Math.max(1, ...overview.families.map(({ bytes }) => bytes))
  if (overview.families.length === 0) return <Empty title="No family was recognised." />
  return (
    <Table<FamilyRow>
      caption="Families: bytes, flows, hosts"
      rows={overview.families}
      keyOf={({ family }) => family}
      columns={[
        {
          title: 'Family',
          isHeader: true,
          cell: ({ family, neighbour }) => (
            <>
              <a href={href({ screen: 'flows', key: '', where: compared('family', '==', family) })}>
                <FamilyMark family={family} />
              </a>
              {neighbour && (
                <small class="tag" title="Shown, and held against nobody">
                  neighbour
                </small>
              )}
            </>
          ),
        },
        {
          title: 'Bytes',
          isEnd: true,
          cell: ({ bytes }) => (
            <span class="with-bar">
              <Bar share={bytes / most} />
              {bytesText(bytes)}
            </span>
          ),
        },
        { title: 'Flows', isEnd: true, cell: ({ flows }) => countText(flows) },
        {
          title: 'By endpoint',
          isEnd: true,
          cell: ({ matchedFlows }) => (matchedFlows === 0 ? '–' : countText(matchedFlows)),
        },
        { title: 'Hosts', isEnd: true, cell: ({ hosts }) => countText(hosts) },
      ]}
    />
  )
}
