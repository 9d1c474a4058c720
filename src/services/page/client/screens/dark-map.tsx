/** The map of a dark network, with its cells as a table and the one that was chosen beside it. */
import { useMemo } from 'preact/hooks'
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
import { useAnswer, useFrame } from '../frame.ts'
import { Answered, Section } from '../parts/basic.tsx'
import { counted, countText, safe } from '../words.ts'
import { CellSection, NoCell } from './dark-cell.tsx'
import { CellTable, countsOf } from './dark-cells.tsx'

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
            {(one) => <CellTable {...{ map: one, shown, choose }} />}
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
  const grid = useMemo(
    () => gridOf(whole, shown),
    [whole.first, whole.bits, shown.first, shown.bits],
  )
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
    const about = map.isEstimate ? '≈ ' : ''
    return `${placeText(block)} · ${about}${counted(map.sources[place]!, 'caller')}${some} · ${spoke}${has}`
  }
  return (
    <HilbertMap
      {...{ map, grid, counts, say, marked }}
      what={view.all ? 'callers' : 'P2P callers'}
      chosen={blockOf(view.cell)}
      onChoose={choose}
      onNearer={(block) => show(blockAt(block.first, nearerBits(whole, shown)))}
      onFarther={() => show(blockAt(shown.first, fartherBits(whole, shown)))}
    />
  )
}
