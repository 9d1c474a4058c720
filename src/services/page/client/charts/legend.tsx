/** Names of layers with their marks and the amount under the cursor, or of all steps together. */
import { colourClass } from '../families.ts'
import type { Layer } from './stack.ts'

interface LegendProps {
  readonly layers: readonly Layer[]
  /** Named from the uppermost down. */
  readonly isFalling: boolean
  readonly step: number | undefined
  readonly format: (value: number) => string
  readonly onLayer?: (key: string) => void
}

export function Legend({ layers, isFalling, step, format, onLayer }: LegendProps) {
  return (
    <ul class="legend">
      {(isFalling ? [...layers].reverse() : layers).map((layer) => (
        <li key={layer.key}>
          {onLayer === undefined || layer.key === 'others' || layer.key === 'rest' ? (
            <span class="legend-item">
              <Name layer={layer} />
            </span>
          ) : (
            <button type="button" class="legend-item" onClick={() => onLayer(layer.key)}>
              <Name layer={layer} />
            </button>
          )}
          {step !== undefined && (
            <span class="legend-value" aria-hidden="true">
              {format(layer.values[step] ?? 0)}
            </span>
          )}
        </li>
      ))}
    </ul>
  )
}

function Name({ layer }: { readonly layer: Layer }) {
  return (
    <>
      <span
        class={`swatch ${colourClass(layer.colour)} ${layer.hatched ? 'hatched' : ''}`}
        aria-hidden="true"
      />
      {layer.label}
    </>
  )
}
