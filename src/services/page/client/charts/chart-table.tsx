/** The same as a chart, as a table, for whoever does not see it or wants the figures. */
import { useState } from 'preact/hooks'
import { Moment } from '../parts/basic.tsx'
import type { Layer } from './stack.ts'

interface ChartTableProps {
  readonly label: string
  readonly from: number
  readonly stepMicros: number
  readonly layers: readonly Layer[]
  readonly format: (value: number) => string
}

export function ChartTable({ label, from, stepMicros, layers, format }: ChartTableProps) {
  const [isOpen, setOpen] = useState(false)
  const steps = layers[0]?.values.length ?? 0
  const filled = Array.from({ length: steps }, (_, step) => step).filter((step) =>
    layers.some(({ values }) => values[step] !== 0),
  )
  return (
    <details class="twin" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Chart as a table</summary>
      {isOpen && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        <section class="scroll twin-scroll" tabIndex={0} aria-label={label}>
          <table>
            <caption class="hidden">{label}</caption>
            <thead>
              <tr>
                <th scope="col">From</th>
                {layers.map(({ key, label: title }) => (
                  <th scope="col" class="end" key={key}>
                    {title}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {filled.map((step) => (
                <tr key={step}>
                  <th scope="row">
                    <Moment micros={from + step * stepMicros} />
                  </th>
                  {layers.map(({ key, values }) => (
                    <td class="end" key={key}>
                      {format(values[step]!)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
          {filled.length < steps && (
            <p class="muted">Steps in which nothing happened are left out.</p>
          )}
        </section>
      )}
    </details>
  )
}
