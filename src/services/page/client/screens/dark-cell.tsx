/** What came to the cell that was chosen on the map, and the ways on from it. */
import type { Facet, FacetField } from '../../../../core/store.ts'
import { type Block, blockText, placeText } from '../charts/hilbert.ts'
import { useAnswer, useFrame, useHref } from '../frame.ts'
import { Answered, Empty, Fact, Section } from '../parts/basic.tsx'
import { countText, safe } from '../words.ts'

const VALUES_MAX = 8

const FACETS_SHOWN = [
  ['family', 'Families'],
  ['port', 'Ports'],
  ['software', 'Software'],
  ['proto', 'Carriers'],
] as const satisfies readonly (readonly [FacetField, string])[]

export function CellSection({ cell }: { readonly cell: Block }) {
  const { which, view, go } = useFrame()
  const here = `dst==${placeText(cell)}`
  const where = view.where === '' ? here : `(${view.where}) && ${here}`
  const facets = useAnswer('facets', { ...which, where, limit: VALUES_MAX })
  const one = useAnswer('map', {
    ...{ ...which, network: blockText(cell), cellBits: cell.bits },
    ...(view.where !== '' && { where: view.where }),
  })
  return (
    <Section
      title={<span class="mono">{placeText(cell)}</span>}
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
        {({ total, isEstimate }) => {
          const about = isEstimate ? '≈ ' : ''
          return (
            <dl class="facts small">
              <Fact title="Callers">{`${about}${countText(total.sources)}`}</Fact>
              <Fact title="P2P callers">{`${about}${countText(total.p2pSources)}`}</Fact>
              <Fact title="Flows">{countText(total.flows)}</Fact>
            </dl>
          )
        }}
      </Answered>
      <Links cell={cell} where={where} />
      <Answered of={facets} what="what came to it">
        {(answer) => (
          <dl class="cell-facets">
            {FACETS_SHOWN.map(([field, title]) => (
              <div key={field}>
                <dt>{title}</dt>
                <dd>
                  <Values facet={answer.find((facet) => facet.field === field)} />
                </dd>
              </div>
            ))}
          </dl>
        )}
      </Answered>
    </Section>
  )
}

function Links({ cell, where }: { readonly cell: Block; readonly where: string }) {
  const { go } = useFrame()
  const href = useHref()
  return (
    <p class="cell-links">
      <a class="button" href={href({ screen: 'flows', key: '', where })}>
        Its flows
      </a>
      {cell.bits === 32 ? (
        <a class="button" href={href({ screen: 'backtrack', key: placeText(cell) })}>
          Backtrack it
        </a>
      ) : (
        <button type="button" onClick={() => go({ net: blockText(cell), page: 0 })}>
          + Nearer
        </button>
      )}
    </p>
  )
}

function Values({ facet }: { readonly facet: Facet | undefined }) {
  const { families } = useFrame()
  // Ports of callers, which are of either end too, are seldom the same twice.
  const least = facet?.field === 'port' ? 2 : 1
  const known = (facet?.values ?? []).filter(({ value, flows }) => value !== '' && flows >= least)
  if (known.length === 0) return 'none told'
  const name = (value: string) => safe(facet?.field === 'family' ? families.title(value) : value)
  return known.map(({ value, flows }) => `${name(value)} (${countText(flows)})`).join(', ')
}

export function NoCell() {
  return (
    <Section title="No cell chosen" class="cell-card">
      <Empty title="Click a cell, or press Enter on it.">
        What came to it stands here then, and the table below is of it. Plus and minus go nearer and
        farther; so does the wheel, once the map has the focus.
      </Empty>
    </Section>
  )
}
