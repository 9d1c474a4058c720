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
      <label>
        From{' '}
        <input
          type="datetime-local"
          step="1"
          value={from}
          onInput={(event) => setFrom(event.currentTarget.value)}
        />
      </label>
      <label>
        To{' '}
        <input
          type="datetime-local"
          step="1"
          value={to}
          onInput={(event) => setTo(event.currentTarget.value)}
        />
      </label>
      {isWrong && <p role="alert">The end is not after the beginning.</p>}
      <button type="submit">Choose</button>
    </form>
  )
}
