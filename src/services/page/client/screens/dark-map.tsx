/** The map of a dark network, its cells as a table, and what is known of the one that was chosen. */
import type { DarkMap } from '../../../../core/store.ts'
import {
  type Block,
  blockAt,
  blockOf,
  blockText,
  fartherBits,
  gridOf,
  holds,
  nearerBits,
  placeText,
} from '../charts/hilbert.ts'
import { HilbertMap } from '../charts/hilbert-map.tsx'
import { useAnswer, useFrame, useHref } from '../frame.ts'
import { Answered, Bar, Empty, Section } from '../parts/basic.tsx'
import { Table } from '../parts/table.tsx'
import { counted, countText, safe } from '../words.ts'

interface DarkMapProps {
  /** What nearer and farther stay within. */
  readonly whole: Block
  readonly networks: readonly string[]
}

/** Incidents that are marked on the map. */
const MARKED_MAX = 100

/** The map, the cell that is chosen on it, and the cells that were called most. */
export function MapRow({ whole, networks }: DarkMapProps) {
  const { view, which, go } = useFrame()
  const asked = blockOf(view.net)
  const shown = asked !== undefined && holds(whole, asked) ? asked : whole
  const cell = blockOf(view.cell)
  const { cellBits } = gridOf(whole, shown)
  const map = useAnswer('map', {
    ...{ ...which, network: blockText(shown), cellBits },
    ...(view.where !== '' && { where: view.where }),
  })
  // What came before is of another part of the network.
  const { answer } = map
  const isOfShown = answer?.network === blockText(shown) && answer.cellBits === cellBits
  const own = { ...map, answer: isOfShown ? answer : undefined }
  const show = (block: Block) => go({ net: blockText(block), page: 0 })
  const choose = (block: Block | undefined) =>
    go({ cell: block === undefined ? '' : blockText(block), page: 0 }, true)
  return (
    <div class="map-row">
      <Section
        title={`Callers of ${placeText(shown)}`}
        note={cellBits === 32 ? 'Each cell is an address.' : `Each cell is a /${cellBits}.`}
        class="map-card"
        actions={
          <>
            <label class="switch">
              <input
                type="checkbox"
                checked={view.all}
                onChange={(event) => go({ all: event.currentTarget.checked }, true)}
              />
              Also those that spoke no P2P
            </label>
            {networks.length > 1 && <NetworkChoice whole={whole} networks={networks} />}
            <button
              type="button"
              disabled={shown.bits === whole.bits}
              onClick={() => show(blockAt(shown.first, fartherBits(whole, shown)))}
            >
              − Farther
            </button>
          </>
        }
      >
        <Answered of={own} what="the map">
          {(one) => <Shown {...{ map: one, whole, shown, show, choose }} />}
        </Answered>
      </Section>
      <div class="map-side">
        {cell === undefined ? <NoCell /> : <CellSection cell={cell} />}
        <Section title="Most called" note="The map as a table.">
          <Answered of={own} what="the cells">
            {(one) => <MapTable {...{ map: one, shown, choose }} />}
          </Answered>
        </Section>
      </div>
    </div>
  )
}

function NetworkChoice({ whole, networks }: DarkMapProps) {
  const { go } = useFrame()
  return (
    <select
      aria-label="Dark network"
      value={blockText(whole)}
      onChange={({ currentTarget: { value } }) => go({ net: value, cell: '', page: 0 })}
    >
      {networks.map((network) => (
        <option key={network} value={network}>
          {network}
        </option>
      ))}
    </select>
  )
}

interface ShownProps {
  readonly map: DarkMap
  readonly whole: Block
  readonly shown: Block
  readonly show: (block: Block) => void
  readonly choose: (block: Block | undefined) => void
}

function Shown({ map, whole, shown, show, choose }: ShownProps) {
  const { view, which, families } = useFrame()
  const incidents = useAnswer('incidents', { ...which, limit: MARKED_MAX })
  const counts = countsOf(map, view.all)
  const marked = (incidents.answer?.rows ?? []).flatMap(
    ({ target, partOf }) => (partOf === undefined && blockOf(target.ip)) || [],
  )
  const say = (block: Block, place: number | undefined) => {
    if (place === undefined) return `${placeText(block)} · nobody called`
    const family = map.families[map.family[place]!]
    const spoke = family === undefined ? 'none spoke P2P' : safe(families.title(family))
    const p2p = map.p2pSources[place]!
    const some = p2p > 0 ? `, ${countText(p2p)} of them P2P` : ''
    const has = marked.some((one) => holds(block, one)) ? ' · incident' : ''
    return `${placeText(block)} · ${counted(map.sources[place]!, 'caller')}${some} · ${spoke}${has}`
  }
  return (
    <HilbertMap
      {...{ map, grid: gridOf(whole, shown), counts, say, marked }}
      what={view.all ? 'callers' : 'P2P callers'}
      chosen={blockOf(view.cell)}
      onChoose={choose}
      onNearer={(block) => show(blockAt(block.first, nearerBits(whole, shown)))}
      onFarther={() => show(blockAt(shown.first, fartherBits(whole, shown)))}
    />
  )
}

function countsOf(map: DarkMap, all: boolean): readonly number[] {
  return all ? map.sources : map.p2pSources
}

/** Cells that the table names. */
const LISTED = 100

interface MapTableProps {
  readonly map: DarkMap
  readonly shown: Block
  readonly choose: (block: Block) => void
}

function MapTable({ map, shown, choose }: MapTableProps) {
  const { families, view } = useFrame()
  const counts = countsOf(map, view.all)
  const places = map.cells
    .map((_, place) => place)
    .filter((place) => counts[place]! > 0)
    .sort((a, b) => counts[b]! - counts[a]! || a - b)
  const most = Math.max(1, counts[places[0] ?? 0] ?? 1)
  const block = (place: number) =>
    blockAt(shown.first + map.cells[place]! * 2 ** (32 - map.cellBits), map.cellBits)
  if (places.length === 0) return <Empty title="Nobody called in this time range." />
  return (
    <>
      <div class="map-table">
        <Table<number>
          caption={`Most called cells of ${placeText(shown)}`}
          rows={places.slice(0, LISTED)}
          keyOf={String}
          columns={[
            {
              title: map.cellBits === 32 ? 'Address' : 'Network',
              isHeader: true,
              class: 'mono',
              cell: (place) => (
                <button type="button" class="link" onClick={() => choose(block(place))}>
                  {placeText(block(place))}
                </button>
              ),
            },
            {
              title: 'P2P callers',
              isEnd: true,
              cell: (place) => (
                <span class="with-bar">
                  <Bar share={map.p2pSources[place]! / most} />
                  {countText(map.p2pSources[place]!)}
                </span>
              ),
            },
            { title: 'Callers', isEnd: true, cell: (place) => countText(map.sources[place]!) },
            {
              title: 'Most spoke',
              cell: (place) => {
                const family = map.families[map.family[place]!]
                return family === undefined ? '–' : safe(families.title(family))
              },
            },
          ]}
        />
      </div>
      {places.length > LISTED && (
        <p class="card-part">
          The {LISTED} most called of {countText(places.length)} cells that were called.
        </p>
      )}
    </>
  )
}

const FACET_VALUES = 8
const FACETS_SHOWN = ['family', 'port', 'software', 'proto'] as const
const FACET_TITLES = {
  family: 'Families',
  port: 'Ports',
  software: 'Software',
  proto: 'Carriers',
} as const

/** What came to one cell, and the ways on from it. */
function CellSection({ cell }: { readonly cell: Block }) {
  const { which, view, go, families } = useFrame()
  const href = useHref()
  const here = `dst==${placeText(cell)}`
  const where = view.where === '' ? here : `(${view.where}) && ${here}`
  const facets = useAnswer('facets', { ...which, where, limit: FACET_VALUES })
  const one = useAnswer('map', {
    ...{ ...which, network: blockText(cell), cellBits: cell.bits },
    ...(view.where !== '' && { where: view.where }),
  })
  const name = placeText(cell)
  return (
    <Section
      title={<span class="mono">{name}</span>}
      note="The chosen cell."
      class="cell-card"
      actions={
        <button
          type="button"
          class="quiet"
          aria-label="Choose no cell"
          onClick={() => go({ cell: '', page: 0 }, true)}
        >
          ✕
        </button>
      }
    >
      <Answered of={one} what="the cell">
        {({ total }) => (
          <dl class="facts small">
            <div>
              <dt>Callers</dt>
              <dd>{countText(total.sources)}</dd>
            </div>
            <div>
              <dt>P2P callers</dt>
              <dd>{countText(total.p2pSources)}</dd>
            </div>
            <div>
              <dt>Flows</dt>
              <dd>{countText(total.flows)}</dd>
            </div>
          </dl>
        )}
      </Answered>
      <p class="cell-links">
        <a class="button" href={href({ screen: 'flows', key: '', where })}>
          Its flows
        </a>
        {cell.bits === 32 && (
          <a class="button" href={href({ screen: 'backtrack', key: name })}>
            Backtrack it
          </a>
        )}
        {cell.bits < 32 && (
          <button type="button" onClick={() => go({ net: blockText(cell), page: 0 })}>
            + Nearer
          </button>
        )}
      </p>
      <Answered of={facets} what="what came to it">
        {(answer) => (
          <dl class="cell-facets">
            {FACETS_SHOWN.map((field) => {
              const values = answer.find((facet) => facet.field === field)?.values ?? []
              // Ports of callers, which are of either end too, are seldom the same twice.
              const least = field === 'port' ? 2 : 1
              const known = values.filter(({ value, flows }) => value !== '' && flows >= least)
              return (
                <div key={field}>
                  <dt>{FACET_TITLES[field]}</dt>
                  <dd>
                    {known.length === 0
                      ? 'none told'
                      : known
                          .map(
                            ({ value, flows }) =>
                              `${safe(field === 'family' ? families.title(value) : value)} (${countText(flows)})`,
                          )
                          .join(', ')}
                  </dd>
                </div>
              )
            })}
          </dl>
        )}
      </Answered>
    </Section>
  )
}

function NoCell() {
  return (
    <Section title="No cell chosen" class="cell-card">
      <Empty title="Click a cell, or press Enter on it.">
        What came to it stands here then, and the incidents below are those at it. Plus and minus go
        nearer and farther; so does the wheel, once the map has the focus.
      </Empty>
    </Section>
  )
}
