/** Addresses where nobody is: who calls them, how many at once, and what is made of it. */
import { useState } from 'preact/hooks'
import { type DarkView, type Definition, type HoneynetView, PATHS } from '../../api.ts'
import { fileUrl } from '../ask.ts'
import { blockAt, blockOf, holds, placeText } from '../charts/hilbert.ts'
import { useAnswer, useFrame } from '../frame.ts'
import { Answered, Empty, Section, Tile } from '../parts/basic.tsx'
import { counted, countText, percentText } from '../words.ts'
import { MapRow } from './dark-map.tsx'
import { SixSection } from './dark-six.tsx'
import { INCIDENTS_SHOWN, IncidentPage, IncidentTable } from './incident-table.tsx'

export function DarkScreen() {
  const dark = useAnswer('dark', {})
  return (
    <div class="screen dark">
      <h1>Dark space</h1>
      <Answered of={dark} what="the dark space">
        {(answer) => <Dark dark={answer} />}
      </Answered>
    </div>
  )
}

function Dark({ dark }: { readonly dark: DarkView }) {
  const { view } = useFrame()
  const four = dark.networks.filter((network) => !network.includes(':'))
  const six = dark.networks.filter((network) => network.includes(':'))
  const whole = six.length > 0 && four.length === 0 ? undefined : wholeOf(four, view.net)
  return (
    <>
      <Tiles dark={dark} />
      {dark.networks.length === 0 && <NoNetwork />}
      {whole !== undefined && <MapRow whole={whole} networks={four} />}
      {six.length > 0 && <SixSection networks={six} />}
      <IncidentsSection dark={dark} />
      {dark.honeynet !== undefined && <Honeynet honeynet={dark.honeynet} />}
    </>
  )
}

/** The dark network that holds what is asked for, else the first; without any, the surroundings. */
function wholeOf(networks: readonly string[], net: string) {
  const asked = blockOf(net)
  const blocks = networks.map(blockOf).filter((block) => block !== undefined)
  const holding = asked && blocks.find((block) => holds(block, asked))
  if (holding !== undefined || asked === undefined || blocks.length > 0) {
    return holding ?? blocks[0]
  }
  const bits = Math.min(asked.bits, asked.bits % 2 === 0 ? 8 : 7)
  return blockAt(asked.first, bits)
}

function Tiles({ dark }: { readonly dark: DarkView }) {
  const { which } = useFrame()
  const incidents = useAnswer('incidents', { ...which, limit: 1 })
  const { connections, p2pConnections, scanners, networks, honeynet } = dark
  const isDark = networks.length > 0
  return (
    <dl class="tiles">
      <Tile
        title={isDark ? 'Incidents' : 'Targets called in vain'}
        value={countText(incidents.answer?.total ?? 0)}
      >
        in the chosen time range
      </Tile>
      <Tile
        title={isDark ? 'Calls to dark addresses' : 'Calls in vain'}
        value={countText(connections)}
      >
        {isDark
          ? `${networks.length === 1 ? networks[0] : counted(networks.length, 'network')}, since the start`
          : 'to peers that never answered, since the start'}
      </Tile>
      {isDark && (
        <Tile
          title="Of these P2P"
          value={connections === 0 ? '–' : percentText(p2pConnections / connections)}
        >
          {countText(p2pConnections)}; the rest is other background
        </Tile>
      )}
      {isDark && (
        <Tile title="Scanners taken out" value={countText(scanners)}>
          sources that try many addresses, or begin with no P2P
        </Tile>
      )}
      {honeynet !== undefined && (
        <Tile
          title="Answered here"
          value={countText(honeynet.connectionsAnswered + honeynet.datagramsAnswered)}
        >
          of {counted(honeynet.connections, 'connection')} and{' '}
          {counted(honeynet.datagrams, 'datagram')}
        </Tile>
      )}
    </dl>
  )
}

function NoNetwork() {
  const { view, go } = useFrame()
  const [text, setText] = useState(view.net)
  return (
    <Section title="No dark network was named" class="no-network">
      <p>
        So what never answers is taken for dark, where a message had named it or the call itself is
        P2P: the calls below were made in vain. Networks in which nobody is are named by{' '}
        <code>peerscope serve --dark 198.51.100.0/24</code>, or <code>dark:</code> in
        peerscope.yaml; then many who ask one address are an incident, and scanners are told apart.
      </p>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (blockOf(text) !== undefined) go({ net: text, cell: '' })
        }}
      >
        <label class="filter">
          Map of
          <input
            class="mono"
            value={text}
            placeholder="198.51.0.0/16"
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </label>{' '}
        <button type="submit" disabled={blockOf(text) === undefined}>
          Show
        </button>
      </form>
    </Section>
  )
}

function IncidentsSection({ dark }: { readonly dark: DarkView }) {
  const { view, which } = useFrame()
  const cell = blockOf(view.cell)
  const own = ownDefinition(view.sources, view.hours)
  const at = cell === undefined ? {} : { where: `dst==${placeText(cell)}` }
  const told = useAnswer(
    'incidents',
    own === undefined
      ? { ...which, ...at, limit: INCIDENTS_SHOWN, offset: view.page * INCIDENTS_SHOWN }
      : undefined,
  )
  const detected = useAnswer('detect', own && { ...which, ...at, ...own })
  const causes = useAnswer('causes', view.run === undefined ? {} : { run: view.run })
  const isDark = dark.networks.length > 0
  const title = isDark ? 'Incidents' : 'Calls that nobody answered'
  return (
    <Section
      title={cell === undefined ? title : `${title} at ${placeText(cell)}`}
      actions={
        <a class="button" href={fileUrl(PATHS.incidentsCsv, { ...which, ...at })} download>
          CSV
        </a>
      }
    >
      {isDark && <DefinitionLine usual={dark.definition} own={own} />}
      {own === undefined ? (
        <Answered of={told} what="the incidents">
          {({ rows, total }) =>
            total === 0 ? (
              <Nothing isDark={isDark} />
            ) : (
              <IncidentPage
                caption={title}
                rows={rows}
                causes={causes.answer ?? []}
                total={total}
                isDark={isDark}
              />
            )
          }
        </Answered>
      ) : (
        <Answered of={detected} what="incidents by this definition">
          {({ rows, flows, isCut }) => (
            <>
              {rows.length === 0 ? (
                <Empty title="By this definition there is no incident." />
              ) : (
                <IncidentTable caption={title} rows={rows} causes={causes.answer ?? []} />
              )}
              <p class="card-part">
                {counted(rows.length, 'incident')} by this definition, looked for in{' '}
                {counted(flows, 'stored flow')}
                {isCut ? '; there are more than that' : ''}. What goes on is told by the usual one.
              </p>
            </>
          )}
        </Answered>
      )}
    </Section>
  )
}

function Nothing({ isDark }: { readonly isDark: boolean }) {
  return (
    <Empty title={`No ${isDark ? 'incident' : 'call in vain'} in this time range.`}>
      {isDark
        ? 'Nobody at the dark addresses was asked by so many. The map shows who called at all.'
        : 'Every peer that was named and called answered.'}
    </Empty>
  )
}

function ownDefinition(
  sources: number | undefined,
  hours: number | undefined,
): Definition | undefined {
  return sources === undefined || hours === undefined ? undefined : { sources, hours }
}

interface DefinitionProps {
  readonly usual: Definition
  readonly own: Definition | undefined
}

function DefinitionLine({ usual, own }: DefinitionProps) {
  const { go } = useFrame()
  const shown = own ?? usual
  const [sources, setSources] = useState(String(shown.sources))
  const [hours, setHours] = useState(String(shown.hours))
  const set = (definition: Definition) => {
    setSources(String(definition.sources))
    setHours(String(definition.hours))
    const isUsual = definition.sources === usual.sources && definition.hours === usual.hours
    const next = isUsual ? { sources: undefined, hours: undefined } : definition
    go({ ...next, page: 0 })
  }
  return (
    <form
      class="definition"
      onSubmit={(event) => {
        event.preventDefault()
        set({ sources: Number(sources), hours: Number(hours) })
      }}
    >
      More than{' '}
      <input
        type="number"
        aria-label="Sources"
        min={0}
        max={1_000_000}
        required
        value={sources}
        onInput={(event) => setSources(event.currentTarget.value)}
      />{' '}
      sources within{' '}
      <input
        type="number"
        aria-label="Hours"
        min={1}
        max={168}
        required
        value={hours}
        onInput={(event) => setHours(event.currentTarget.value)}
      />{' '}
      hours ask one target. <button type="submit">Look again</button>
      {own !== undefined && (
        <button type="button" class="quiet" onClick={() => set(usual)}>
          As usual: {usual.sources} in {usual.hours}
        </button>
      )}
    </form>
  )
}

// biome-ignore format: a table
const COUNTERS = [
  ['packets', 'Packets received'],
  ['syns', 'Connections asked for'],
  ['connections', 'Connections in which something was said'],
  ['connectionsAnswered', 'Connections answered'],
  ['datagrams', 'Datagrams'],
  ['datagramsAnswered', 'Datagrams answered'],
  ['rateLimited', 'Answers kept back'],
] as const satisfies readonly (readonly [keyof HoneynetView, string])[]

function Honeynet({ honeynet }: { readonly honeynet: HoneynetView }) {
  return (
    <Section title="Honeynet" note={`Answers for ${honeynet.network}, since it stands.`}>
      <dl class="counters">
        {COUNTERS.map(([key, title]) => (
          <div key={key}>
            <dt>{title}</dt>
            <dd>{countText(honeynet[key])}</dd>
          </div>
        ))}
      </dl>
    </Section>
  )
}
