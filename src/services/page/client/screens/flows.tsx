/** The hunt: an expression, a histogram, facets, a table; one flow open beside it. */
import { useState } from 'preact/hooks'
import { parseExpression } from '../../../../core/expression.ts'
import type { Facet, FlowOrder, FlowRow, Histogram } from '../../../../core/store.ts'
import type { Layer } from '../charts/stack.ts'
import { TimeChart } from '../charts/time-chart.tsx'
import { type Answer, useAnswer, useFrame } from '../frame.ts'
import { Answered, Empty } from '../parts/basic.tsx'
import { compared, narrowed } from '../parts/completion.ts'
import { ExpressionBar } from '../parts/expression-bar.tsx'
import { Pager } from '../parts/table.tsx'
import { countText } from '../words.ts'
import { Facets } from './facets.tsx'
import { FlowPanel } from './flow-panel.tsx'
import { FlowTable } from './flow-table.tsx'
import { Selection } from './selection.tsx'

const PAGE = 100
const STEPS = 140
const FACET_VALUES = 12

export function FlowsScreen() {
  const { which, view, go } = useFrame()
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const isRead = parseExpression(view.where).error === undefined
  const asked = { ...which, where: view.where }
  const histogram = useAnswer('histogram', isRead ? { ...asked, steps: STEPS } : undefined)
  const facets = useAnswer('facets', isRead ? { ...asked, limit: FACET_VALUES } : undefined)
  const search = (where: string) => {
    setChosen(new Set())
    go({ where, page: 0, open: '', frame: undefined })
  }
  return (
    <div class={`screen flows ${view.open === '' ? '' : 'with-panel'}`}>
      <h1 class="hidden">Flows</h1>
      <ExpressionBar where={view.where} facets={facets.answer} onWhere={search} />
      {!isRead && (
        <Empty title="Nothing was asked: the expression cannot be read.">
          What is wrong with it stands below it.
        </Empty>
      )}
      {isRead && (
        <>
          <div class="card histogram">
            <Answered of={histogram} what="the histogram">
              {(answer) => <Histo histogram={answer} />}
            </Answered>
          </div>
          <div class="flows-body">
            <Narrow facets={facets} search={search} />
            <Found chosen={chosen} onChosen={setChosen} />
            {view.open !== '' && <FlowPanel id={view.open} key={view.open} />}
          </div>
        </>
      )}
    </div>
  )
}

interface NarrowProps {
  readonly facets: Answer<readonly Facet[]>
  readonly search: (where: string) => void
}

function Narrow({ facets, search }: NarrowProps) {
  const { view } = useFrame()
  /** On a small screen the table has the room. */
  const [isWide] = useState(() => innerWidth >= 1200)
  return (
    <aside class="facets" aria-label="Facets">
      <details class="facets-box" open={isWide}>
        <summary>Narrow down</summary>
        <Answered of={facets} what="the facets">
          {(answer) => (
            <Facets
              facets={answer}
              onFacet={(field, sign, value) =>
                search(narrowed(view.where, compared(field, sign, value)))
              }
            />
          )}
        </Answered>
      </details>
    </aside>
  )
}

interface FoundProps {
  readonly chosen: ReadonlySet<string>
  readonly onChosen: (chosen: ReadonlySet<string>) => void
}

function Found({ chosen, onChosen }: FoundProps) {
  const { which, view, go } = useFrame()
  const flows = useAnswer('flows', {
    ...which,
    where: view.where,
    limit: PAGE,
    offset: view.page * PAGE,
    order: view.order,
    descending: view.descending,
  })
  return (
    <div class="card flow-list">
      <Answered of={flows} what="the flows">
        {({ rows, total }) => (
          <>
            <div class="list-head">
              <Pager
                page={view.page}
                size={PAGE}
                total={total}
                what="flows"
                onPage={(page) => go({ page })}
              />
              {rows.length > 0 && <Selection chosen={chosen} rows={rows} onChosen={onChosen} />}
            </div>
            <List rows={rows} total={total} chosen={chosen} onChosen={onChosen} />
          </>
        )}
      </Answered>
    </div>
  )
}

interface ListProps extends FoundProps {
  readonly rows: readonly FlowRow[]
  /** Of all pages. */
  readonly total: number
}

function List({ rows, total, chosen, onChosen }: ListProps) {
  const { view, go } = useFrame()
  if (rows.length === 0) {
    // A link may name a page of what was longer then.
    if (total > 0) return <Empty title="The list ends before this page." />
    return (
      <Empty title="No flow matches.">
        {view.where === ''
          ? 'Nothing is stored in this time range.'
          : 'Take a part of the expression away, or choose a longer time in the line above.'}
      </Empty>
    )
  }
  const sort = (order: FlowOrder) => ({
    isOn: view.order === order,
    isDescending: view.descending,
    choose: () =>
      go({ order, descending: view.order === order ? !view.descending : true, page: 0 }, true),
  })
  const toggle = (id: string) => {
    const next = new Set(chosen)
    if (!next.delete(id)) next.add(id)
    onChosen(next)
  }
  return <FlowTable rows={rows} chosen={chosen} toggle={toggle} sort={sort} />
}

function Histo({ histogram }: { readonly histogram: Histogram }) {
  const { go, view } = useFrame()
  const { from, stepMicros, recognised, rest } = histogram
  const layer = (label: string, colour: Layer['colour'], values: readonly number[]): Layer => ({
    key: label,
    label,
    colour,
    hatched: false,
    values,
  })
  if (![...recognised, ...rest].some((count) => count > 0)) {
    const such = view.where === '' ? 'flow' : 'flow that matches'
    return <Empty title={`No ${such} began in this time range.`} />
  }
  return (
    <TimeChart
      label="Flows that began, over time; recognised ones below, others above."
      kind="bars"
      from={from}
      stepMicros={stepMicros}
      layers={[layer('Recognised', 0, recognised), layer('Other', 'rest', rest)]}
      format={countText}
      height={104}
      onBrush={(span) => go({ span, last: undefined, page: 0 })}
    />
  )
}
