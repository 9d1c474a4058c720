/** Why is this address asked? Who told whom of it, and which hypotheses hold. */
import { useState } from 'preact/hooks'
import { endpointText } from '../../../../core/address.ts'
import type {
  IncidentRow,
  Propagation,
  PropagationEdge,
  PropagationNode,
} from '../../../../core/store.ts'
import { PATHS } from '../../api.ts'
import { fileUrl } from '../ask.ts'
import { frameOf, ipOf, keyOf, nodeName, WaysGraph } from '../charts/ways-graph.tsx'
import { useAnswer, useFrame, useHref } from '../frame.ts'
import { Answered, Empty, Fact, FamilyMarks, Moment, Section } from '../parts/basic.tsx'
import { copy } from '../parts/export-menu.tsx'
import { HostLink } from '../parts/host-name.tsx'
import { Table } from '../parts/table.tsx'
import { contentText, counted, countText, durationText, safe } from '../words.ts'
import { AskOthers } from './ask-others.tsx'
import { Hypotheses } from './hypotheses.tsx'
import { State } from './incident-table.tsx'
import { type Findings, reportText } from './ways-report.ts'

/** A graph that is seen at once, and the largest that is drawn. */
const NODES_FEW = 40
const NODES_MAX = 300

export function BacktrackScreen() {
  const { view, which } = useFrame()
  const [nodesMax, setNodesMax] = useState(NODES_FEW)
  const of = view.key
  const ways = useAnswer('propagation', { ...which, of, nodesMax })
  return (
    <div class="screen backtrack">
      {ways.answer === undefined && <h1 class="wrap">{safe(of)}</h1>}
      <Answered of={ways} what="the ways of the address">
        {(answer) => (
          <Ways
            ways={answer}
            more={nodesMax < NODES_MAX ? () => setNodesMax(NODES_MAX) : undefined}
          />
        )}
      </Answered>
    </div>
  )
}

interface WaysProps {
  readonly ways: Propagation
  /** Draws more nodes; absent where there are as many as can be. */
  readonly more: (() => void) | undefined
}

function Ways({ ways, more }: WaysProps) {
  const { which, view } = useFrame()
  const { of } = ways
  const isContent = of.startsWith('urn:')
  const found = useAnswer('incidents', isContent ? undefined : { ...which, at: of, limit: 20 })
  const incidents = found.answer?.rows ?? []
  const family = incidents[0]?.family ?? ways.edges.find((edge) => edge.family !== '')?.family
  const causes = useAnswer('causes', {
    ...(view.run !== undefined && { run: view.run }),
    ...(family !== undefined && { family }),
  })
  const runs = new Set([...incidents, ...ways.edges].map(({ run }) => run))
  const own = (causes.answer ?? []).filter(({ run }) => runs.has(run))
  return (
    <>
      <Head ways={ways} incidents={incidents} />
      <Drawn ways={ways} more={more} />
      <AskOthers ways={ways} incidents={incidents} />
      <Hypotheses causes={own} actions={<Reports found={{ ways, incidents, causes: own }} />} />
    </>
  )
}

function Drawn({ ways, more }: WaysProps) {
  const { which } = useFrame()
  const { of, nodes, edges, tellings, calls, cut } = ways
  const isGrouped = nodes.some(({ kind }) => kind === 'network')
  return (
    <Section
      title="Who told whom"
      note={`${counted(tellings, 'telling')}, ${counted(calls, 'call')}; each step leads to the frame that shows it.`}
      class="ways-card"
      actions={
        <>
          {isGrouped && more !== undefined && (
            <button type="button" onClick={more}>
              Draw single addresses
            </button>
          )}
          <a class="button" href={fileUrl(PATHS.propagationGraphml, { ...which, of })} download>
            GraphML
          </a>
          <a class="button" href={fileUrl(PATHS.propagationCsv, { ...which, of })} download>
            CSV
          </a>
        </>
      }
    >
      {edges.length === 0 ? (
        <Empty title="Nobody was heard to tell of it, and nobody called it.">
          In this time range, in what was captured.
        </Empty>
      ) : (
        <>
          <Legend />
          <WaysGraph ways={ways} />
          <Steps ways={ways} />
        </>
      )}
      {cut && (
        <p class="card-part">
          There are more steps than are looked at: the latest are left out. Choose a shorter time.
        </p>
      )}
    </Section>
  )
}

function Reports({ found }: { readonly found: Findings }) {
  const { say } = useFrame()
  return (
    <>
      <button
        type="button"
        onClick={() => void copy(reportText(found)).then(() => say('What was found is copied.'))}
      >
        Copy as text
      </button>
      <a class="button" href={fileUrl(PATHS.bugReport)} download>
        Bug report
      </a>
    </>
  )
}

interface HeadProps {
  readonly ways: Propagation
  readonly incidents: readonly IncidentRow[]
}

function Head({ ways, incidents }: HeadProps) {
  const href = useHref()
  const { of, twin, announced, nodes, edges } = ways
  const isContent = of.startsWith('urn:')
  const [first] = incidents
  const dark = useAnswer('dark', {}).answer
  const isDark = dark === undefined || dark.networks.length > 0
  const tellers = new Set(edges.flatMap(({ kind, from }) => (kind === 'told' ? [from] : [])))
  const origins = nodes.filter(({ id, layer }) => layer === 0 && tellers.has(id))
  const originHosts = origins.reduce((sum, { hosts }) => sum + hosts, 0)
  return (
    <header class="host-head">
      <div>
        <p class="over">Backtrack</p>
        <h1 class={isContent ? 'name wrap' : 'mono'}>{isContent ? contentText(of) : safe(of)}</h1>
        <p class="host-sentence">{sentenceOf(ways, incidents)}</p>
        {announced > 0 && !isContent && (
          <p>
            It told of itself {counted(announced, 'time')}: so it was in the system, and may be
            gone.
          </p>
        )}
        {twin !== undefined && (
          <p class="warn-text">
            <span aria-hidden="true">▲ </span>
            Read backwards it is <a href={href({ screen: 'host', key: twin.ip })}>{twin.ip}</a>,
            which took part in {counted(twin.flows, 'recognised flow')}.
          </p>
        )}
        {first !== undefined && <FamilyMarks families={[first.family]} />}
      </div>
      <dl class="facts">
        {first !== undefined && (
          <>
            <Fact title={isDark ? 'Incident' : 'Calls in vain'}>
              <State row={first} />
            </Fact>
            <Fact title="Sources">{countText(first.sources)}</Fact>
            <Fact title="Began">
              <Moment micros={first.startMicros} />
            </Fact>
            <Fact title="Lasts">{durationText(first.endMicros - first.startMicros)}</Fact>
            {first.contents[0] !== undefined && (
              <Fact title="Asked for">
                <a class="mono" href={href({ screen: 'swarm', key: first.contents[0].name })}>
                  {contentText(first.contents[0].name)}
                </a>
              </Fact>
            )}
          </>
        )}
        <Fact title="Origins">{originHosts === 0 ? 'not seen' : countText(originHosts)}</Fact>
        <Fact title="More of it">
          {isContent ? (
            <a href={href({ screen: 'swarm', key: of })}>the content</a>
          ) : (
            <a href={href({ screen: 'flows', key: '', where: `dst==${ipOf(of)}` })}>calls to it</a>
          )}
        </Fact>
      </dl>
    </header>
  )
}

function sentenceOf(
  { of, tellings, calls, edges, nodes }: Propagation,
  incidents: readonly IncidentRow[],
): string {
  const channels = [...new Set(edges.filter(({ kind }) => kind === 'told').map(({ via }) => via))]
  const by = channels.length === 0 ? '' : `, by ${channels.map(safe).join(', ')}`
  const told =
    tellings === 0
      ? 'told by no message that was captured'
      : `told ${counted(tellings, 'time')}${by}`
  const called = calls === 0 ? 'called by nobody' : `called ${counted(calls, 'time')}`
  if (of.startsWith('urn:')) {
    const targets = nodes.filter(({ kind }) => kind === 'target').length
    return `Of its peers the ${counted(targets, 'address', 'addresses')} named most: ${told}; ${called}.`
  }
  const ends = incidents.map(({ target }) => endpointText(target))
  const at = ends.length > 1 ? ` Asked there: ${ends.join(', ')}.` : ''
  return `It was ${told}; ${called}.${at}`
}

function Legend() {
  return (
    <ul class="legend ways-legend">
      <li>
        <span class="ways-sample told" aria-hidden="true" /> told of it
      </li>
      <li>
        <span class="ways-sample called" aria-hidden="true" /> called it, was answered
      </li>
      <li>
        <span class="ways-sample called dead" aria-hidden="true" /> called it in vain
      </li>
    </ul>
  )
}

/** Hosts have a page of their own; of networks and groups only the name is told. */
function NodeLink({ node }: { readonly node: PropagationNode | undefined }) {
  if (node === undefined) return null
  return node.kind === 'host' ? <HostLink ip={node.name} /> : nodeName(node)
}

const STEPS_SHOWN = 20

function Steps({ ways }: { readonly ways: Propagation }) {
  const href = useHref()
  const [isWhole, setWhole] = useState(false)
  const nodes = new Map(ways.nodes.map((node) => [node.id, node]))
  const rows = isWhole ? ways.edges : ways.edges.slice(0, STEPS_SHOWN)
  return (
    <>
      <Table<PropagationEdge>
        caption="Steps: who told or called whom, the earliest first"
        rows={rows}
        keyOf={keyOf}
        columns={[
          {
            title: 'First',
            cell: ({ micros }) => <Moment micros={micros} short />,
          },
          {
            title: 'Who',
            isHeader: true,
            class: 'mono',
            cell: ({ from }) => <NodeLink node={nodes.get(from)} />,
          },
          {
            title: 'Did',
            cell: ({ kind, via }) =>
              kind === 'told' ? (
                <>
                  told, by <strong>{safe(via)}</strong>
                </>
              ) : (
                <span class={via === 'unanswered' ? 'warn-text' : ''}>called, {via}</span>
              ),
          },
          { title: 'Whom', class: 'mono', cell: ({ to }) => <NodeLink node={nodes.get(to)} /> },
          { title: 'Times', isEnd: true, cell: ({ count }) => countText(count) },
          {
            title: 'Last',
            isEnd: true,
            cell: ({ lastMicros }) => <Moment micros={lastMicros} short />,
          },
          {
            title: 'Evidence',
            isEnd: true,
            cell: (edge) => (
              <a href={href(frameOf(edge))} title={safe(edge.capture)}>
                frame {countText(edge.frame)}
              </a>
            ),
          },
        ]}
      />
      {rows.length < ways.edges.length && (
        <p class="card-part">
          <button type="button" onClick={() => setWhole(true)}>
            Show all {countText(ways.edges.length)} steps
          </button>
        </p>
      )}
    </>
  )
}
