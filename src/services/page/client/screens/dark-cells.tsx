/** The cells of a map that were called most, as a table. */
import type { DarkMap } from '../../../../core/store.ts'
import { type Block, blockAt, placeText } from '../charts/hilbert.ts'
import { useFrame } from '../frame.ts'
import { Bar, Empty } from '../parts/basic.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { countText, safe } from '../words.ts'

/** Cells that the table names. */
const LISTED = 100

/** Of each called cell; `all`: also of callers that spoke no P2P. */
export function countsOf(map: DarkMap, all: boolean): readonly number[] {
  return all ? map.sources : map.p2pSources
}

interface CellTableProps {
  readonly map: DarkMap
  readonly shown: Block
  readonly choose: (block: Block) => void
}

export function CellTable({ map, shown, choose }: CellTableProps) {
  const { view } = useFrame()
  const counts = countsOf(map, view.all)
  const places = map.cells
    .map((_, place) => place)
    .filter((place) => counts[place]! > 0)
    .sort((a, b) => counts[b]! - counts[a]! || a - b)
  const columns = useColumns({ map, shown, choose }, counts[places[0] ?? 0] ?? 1)
  if (places.length === 0) return <Empty title="Nobody called in this time range." />
  return (
    <>
      <div class="map-table">
        <Table<number>
          caption={`Most called cells of ${placeText(shown)}`}
          rows={places.slice(0, LISTED)}
          keyOf={String}
          columns={columns}
        />
      </div>
      {map.isEstimate && (
        <p class="card-part">≈ Callers of a cell are estimated: there are many.</p>
      )}
      {places.length > LISTED && (
        <p class="card-part">
          The {LISTED} most called of {countText(places.length)} cells that were called.
        </p>
      )}
    </>
  )
}

function useColumns({ map, shown, choose }: CellTableProps, most: number): Column<number>[] {
  const { families } = useFrame()
  const block = (place: number) =>
    blockAt(shown.first + map.cells[place]! * 2 ** (32 - map.cellBits), map.cellBits)
  return [
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
  ]
}
