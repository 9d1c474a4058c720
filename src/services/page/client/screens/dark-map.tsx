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

export function MapSection({ whole, networks }: DarkMapProps) {
  const { view, which, go } = useFrame()
  const asked = blockOf(view.net)
  const shown = asked !== undefined && holds(whole, asked) ? asked : whole
  const grid = gridOf(whole, shown)
  const map = useAnswer('map', {
    ...{ ...which, network: blockText(shown), cellBits: grid.cellBits },
    ...(view.where !== '' && { where: view.where }),
  })
  const show = (block: Block) => go({ net: blockText(block), page: 0 })
  return (
    <Section
      title={`Callers of ${placeText(shown)}`}
      note={grid.cellBits === 32 ? 'Each cell is an address.' : `Each cell is a /${grid.cellBits}.`}
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
      <Answered of={map} what="the map">
        {(answer) =>
          // What comes late is of another part of the network.
          answer.network === blockText(shown) && answer.cellBits === grid.cellBits ? (
            <Shown map={answer} whole={whole} shown={shown} show={show} />
          ) : null
        }
      </Answered>
    </Section>
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
}

function Shown({ map, whole, shown, show }: ShownProps) {
  const { view, go, families } = useFrame()
  const grid = gridOf(whole, shown)
  const counts = view.all ? map.sources : map.p2pSources
  const say = (block: Block, place: number | undefined) => {
    if (place === undefined) return `${placeText(block)} · nobody called`
    const family = map.families[map.family[place]!]
    const spoke = family === undefined ? 'none spoke P2P' : safe(families.title(family))
    const p2p = map.p2pSources[place]!
    const which = p2p > 0 ? `, ${countText(p2p)} of them P2P` : ''
    return `${placeText(block)} · ${counted(map.sources[place]!, 'caller')}${which} · ${spoke}`
  }
  const choose = (block: Block | undefined) =>
    go({ cell: block === undefined ? '' : blockText(block), page: 0 }, true)
  return (
    <>
      <HilbertMap
        {...{ map, grid, counts, say }}
        what={view.all ? 'callers' : 'P2P callers'}
        chosen={blockOf(view.cell)}
        onChoose={choose}
        onNearer={(block) => show(blockAt(block.first, nearerBits(whole, shown)))}
        onFarther={() => show(blockAt(shown.first, fartherBits(whole, shown)))}
      />
      <MapTable map={map} shown={shown} counts={counts} choose={choose} />
    </>
  )
}

/** Cells that the table names. */
const LISTED = 100

interface MapTableProps {
  readonly map: DarkMap
  readonly shown: Block
  readonly counts: readonly number[]
  readonly choose: (block: Block) => void
}

function MapTable({ map, shown, counts, choose }: MapTableProps) {
  const { families } = useFrame()
  const places = map.cells
    .map((_, place) => place)
    .filter((place) => counts[place]! > 0)
    .sort((a, b) => counts[b]! - counts[a]! || a - b)
  const most = Math.max(1, counts[places[0] ?? 0] ?? 1)
  const block = (place: number) =>
    blockAt(shown.first + map.cells[place]! * 2 ** (32 - map.cellBits), map.cellBits)
  return (
    <details class="twin">
      <summary>Map as a table</summary>
      <div class="twin-scroll">
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
              title: 'Callers',
              isEnd: true,
              cell: (place) => countText(map.sources[place]!),
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
        <p class="muted">
          The {LISTED} most called of {countText(places.length)} cells that were called.
        </p>
      )}
    </details>
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
export function CellSection({ cell }: { readonly cell: Block }) {
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
              const known = values.filter(({ value }) => value !== '')
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

export function NoCell() {
  return (
    <Section title="No cell chosen" class="cell-card">
      <Empty title="Click a cell, or press Enter on it.">
        What came to it stands here then, and the incidents below are those at it. Plus and minus go
        nearer and farther; so does the wheel, once the map has the focus.
      </Empty>
    </Section>
  )
}
