/** Flows counted by what they are; `+` keeps a value, `−` leaves it out. */
import type { Facet, FacetField } from '../../../../core/store.ts'
import { colourClass } from '../families.ts'
import { useFrame } from '../frame.ts'
import { Bar } from '../parts/basic.tsx'
import { counted, safe, shortCount } from '../words.ts'

const TITLES: Readonly<Record<FacetField, string>> = {
  family: 'Family',
  part: 'Part',
  sureness: 'Sureness',
  proto: 'Proto',
  software: 'Software',
  host: 'Host',
  port: 'Port',
}

interface FacetsProps {
  readonly facets: readonly Facet[]
  readonly onFacet: (field: FacetField, sign: '==' | '!=', value: string) => void
}

export function Facets({ facets, onFacet }: FacetsProps) {
  const filled = facets.filter(({ values }) => values.length > 0)
  if (filled.length === 0) return <p class="muted state">Nothing to count.</p>
  return (
    <>
      {filled.map(({ field, values, sampled }) => {
        const most = Math.max(1, ...values.map(({ flows }) => flows))
        return (
          <details key={field} open>
            <summary>
              <h2>{TITLES[field]}</h2>
            </summary>
            <ul>
              {values.map(({ value, flows }) => (
                <li key={value} class="facet">
                  <Bar share={flows / most} />
                  <FacetValue field={field} value={value} />
                  <span
                    class="facet-count"
                    title={`${sampled ? 'about ' : ''}${counted(flows, 'flow')}`}
                  >
                    {sampled !== undefined && '≈ '}
                    {shortCount(flows)}
                  </span>
                  <span class="facet-buttons">
                    <button
                      type="button"
                      aria-label={`Only ${TITLES[field]} ${safe(value)}`}
                      title={`Only ${safe(value)}`}
                      onClick={() => onFacet(field, '==', value)}
                    >
                      +
                    </button>
                    <button
                      type="button"
                      aria-label={`Without ${TITLES[field]} ${safe(value)}`}
                      title={`Without ${safe(value)}`}
                      onClick={() => onFacet(field, '!=', value)}
                    >
                      −
                    </button>
                  </span>
                </li>
              ))}
            </ul>
          </details>
        )
      })}
    </>
  )
}

function FacetValue({ field, value }: { readonly field: FacetField; readonly value: string }) {
  const { families } = useFrame()
  if (value === '') return <span class="facet-value muted">none known</span>
  if (field === 'family') {
    return (
      <span class="facet-value">
        <span class={`swatch ${colourClass(families.colour(value))}`} aria-hidden="true" />
        {families.title(value)}
      </span>
    )
  }
  return (
    <span class={`facet-value ${field === 'host' ? 'mono' : ''}`} title={safe(value)}>
      {safe(value)}
    </span>
  )
}
