/** A time range that is typed: to the second, in the time zone in which the page shows all moments. */
import { useState } from 'preact/hooks'
import { useFrame } from '../frame.ts'
import { localMoment, microsOfLocal } from '../words.ts'

export function RangeForm({ close }: { readonly close: () => void }) {
  const { which, whole, go } = useFrame()
  const shown = which.span ?? whole!
  const [from, setFrom] = useState(localMoment(Math.floor(shown.from / 1e6) * 1e6))
  const [to, setTo] = useState(localMoment(Math.ceil(shown.to / 1e6) * 1e6))
  const [isWrong, setWrong] = useState(false)
  const choose = (event: Event) => {
    event.preventDefault()
    const span = { from: microsOfLocal(from), to: microsOfLocal(to) }
    // What is not filled in is no number, and is not before anything.
    setWrong(!(span.from < span.to))
    if (!(span.from < span.to)) return
    go({ span, last: undefined, page: 0 })
    close()
  }
  return (
    <form class="range-form" onSubmit={choose}>
      <MomentField title="From" value={from} set={setFrom} />
      <MomentField title="To" value={to} set={setTo} />
      {isWrong && <p role="alert">The end is not after the beginning.</p>}
      <button type="submit">Choose</button>
    </form>
  )
}

interface MomentFieldProps {
  readonly title: string
  readonly value: string
  readonly set: (value: string) => void
}

function MomentField({ title, value, set }: MomentFieldProps) {
  return (
    <label>
      {title}{' '}
      <input
        type="datetime-local"
        step="1"
        value={value}
        onInput={(event) => set(event.currentTarget.value)}
      />
    </label>
  )
}
