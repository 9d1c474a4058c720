/** Small things that stand everywhere: moments, marks, scores, and what is said where nothing is. */
import type { ComponentChildren } from 'preact'
import type { Sureness } from '../../../../core/event.ts'
import { Refused } from '../ask.ts'
import { colourClass } from '../families.ts'
import { useFrame } from '../frame.ts'
import { clockText, dayText, isoText, momentText, zoneText } from '../words.ts'

/**
 * In the browser's time zone; UTC and the fraction stand in the tooltip. Where all that is stored is
 * of one day, `short` leaves out the day: the time range says it.
 */
export function Moment({
  micros,
  short = false,
}: {
  readonly micros: number
  readonly short?: boolean
}) {
  const { whole } = useFrame()
  const isOneDay = whole !== undefined && dayText(whole.from) === dayText(whole.to)
  const text = short && isOneDay ? clockText(micros) : `${dayText(micros)} ${clockText(micros)}`
  return (
    <time
      dateTime={isoText(micros)}
      title={`${momentText(micros)} ${zoneText(micros)}\n${isoText(micros).replace('T', ' ').replace('Z', ' UTC')}`}
    >
      {text}
    </time>
  )
}

export function FamilyMark({
  family,
  matched = false,
}: {
  readonly family: string
  readonly matched?: boolean
}) {
  const { families } = useFrame()
  return (
    <span class="family">
      <span
        class={`swatch ${colourClass(families.colour(family))} ${matched ? 'hatched' : ''}`}
        aria-hidden="true"
      />
      {families.title(family)}
    </span>
  )
}

export function FamilyMarks({ families }: { readonly families: readonly string[] }) {
  return (
    <span class="families">
      {families.map((family) => (
        <FamilyMark family={family} key={family} />
      ))}
    </span>
  )
}

const SURENESS_SIGNS: Readonly<Record<Sureness, string>> = {
  certain: '●',
  likely: '◐',
  unsure: '○',
}

export function SurenessMark({ sureness }: { readonly sureness: Sureness }) {
  return (
    <span class={`sureness ${sureness}`}>
      <span aria-hidden="true">{SURENESS_SIGNS[sureness]}</span> {sureness}
    </span>
  )
}

const SEVERITY_SIGNS = { low: '▽', medium: '◆', high: '▲' } as const

export function SeverityMark({ severity }: { readonly severity: 'low' | 'medium' | 'high' }) {
  return (
    <span class={`severity ${severity}`}>
      <span aria-hidden="true">{SEVERITY_SIGNS[severity]}</span> {severity}
    </span>
  )
}

/** Of 0 to 100, as a bar and a figure. */
export function Score({
  score,
  sureness,
}: {
  readonly score: number
  readonly sureness: Sureness
}) {
  return (
    <span class="score">
      <span class="score-figure">{score}</span>
      <span class={`score-bar ${sureness}`} aria-hidden="true">
        <span style={{ width: `${Math.min(100, Math.max(0, score))}%` }} />
      </span>
    </span>
  )
}

/** A share of a whole as a thin bar behind a figure. */
export function Bar({ share }: { readonly share: number }) {
  return (
    <span class="bar" aria-hidden="true">
      <span style={{ width: `${Math.min(1, Math.max(0, share)) * 100}%` }} />
    </span>
  )
}

interface SectionProps {
  readonly title: ComponentChildren
  readonly note?: ComponentChildren
  readonly actions?: ComponentChildren
  readonly class?: string
  readonly children: ComponentChildren
}

export function Section({ title, note, actions, class: name = '', children }: SectionProps) {
  return (
    <section class={`card ${name}`}>
      <header class="card-head">
        <h2>{title}</h2>
        {note !== undefined && <p class="card-note">{note}</p>}
        {actions !== undefined && <div class="card-actions">{actions}</div>}
      </header>
      {children}
    </section>
  )
}

/** One line of a list of facts. */
export function Fact({
  title,
  children,
}: {
  readonly title: string
  readonly children: ComponentChildren
}) {
  return (
    <div>
      <dt>{title}</dt>
      <dd>{children}</dd>
    </div>
  )
}

interface StateProps<T> {
  readonly of: {
    readonly answer: T | undefined
    readonly error: Error | undefined
    readonly isBusy: boolean
  }
  /** What is being fetched: `the hosts`. */
  readonly what: string
  /** Said where the server knows nothing of it. */
  readonly missing?: ComponentChildren
  readonly children: (answer: T) => ComponentChildren
}

/** What came; or in words why nothing is there yet, or never. */
export function Answered<T>({
  of: { answer, error, isBusy },
  what,
  missing,
  children,
}: StateProps<T>) {
  const isMissing = error instanceof Refused && error.status === 404
  if (isMissing && !isBusy && missing !== undefined) return <>{missing}</>
  if (error !== undefined && !isBusy) return <Failed error={error} what={what} />
  if (answer === undefined) return <Waiting what={what} />
  return (
    <div class={isBusy ? 'answered busy' : 'answered'} aria-busy={isBusy}>
      {children(answer)}
    </div>
  )
}

function Waiting({ what }: { readonly what: string }) {
  return (
    <p class="state waiting">
      <span class="waiting-sign" aria-hidden="true" /> Fetching {what} …
    </p>
  )
}

function Failed({ error, what }: { readonly error: Error; readonly what: string }) {
  if (error instanceof Refused && error.status === 404) {
    return <Empty title={sentence(error.message)} />
  }
  const why =
    error instanceof Refused
      ? error.message
      : 'The server cannot be reached. The page asks again as soon as it answers.'
  return (
    <div class="state failed" role="alert">
      <p>
        <strong>Could not fetch {what}.</strong> {why}
      </p>
    </div>
  )
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}

export function Empty({
  title,
  children,
}: {
  readonly title: string
  readonly children?: ComponentChildren
}) {
  return (
    <div class="state empty">
      <p>
        <strong>{title}</strong>
      </p>
      {children !== undefined && <p>{children}</p>}
    </div>
  )
}

interface TileProps {
  readonly title: string
  readonly value: string
  readonly tone?: 'warn' | 'bad' | ''
  readonly children: ComponentChildren
}

/** A figure at the head of a screen; they stand in a list `tiles`. */
export function Tile({ title, value, tone = '', children }: TileProps) {
  return (
    <div class={`tile ${tone}`}>
      <dt>{title}</dt>
      <dd class="tile-value">{value}</dd>
      <dd class="tile-note">{children}</dd>
    </div>
  )
}
