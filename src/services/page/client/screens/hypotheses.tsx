/** Why addresses that are in no system were told: each hypothesis with its test, its counts and a verdict. */
import type { CauseRow } from '../../../../core/store.ts'
import { useFrame } from '../frame.ts'
import { Empty, Section } from '../parts/basic.tsx'
import { countText, percentText, safe } from '../words.ts'

// biome-ignore format: a table
const TITLES: Readonly<Record<string, readonly [title: string, question: string]>> = {
  'byte-order': ['Byte order', 'Is somebody there if the address is read backwards?'],
  'port-order': ['Port order', 'Is somebody there on the port read backwards?'],
  'misaligned-list': ['Misread list', 'Are they peers if the list is read some bytes before?'],
  'private-address': ['Private address', 'Are they addresses of a private network?'],
  'stale-address': ['Stale address', 'Were they peers before, and have gone?'],
  injection: ['Injection', 'Do a few of one network tell them, who tell much and have nothing?'],
  poisoning: ['Poisoning', 'Do a few tell the index of what nobody has?'],
  sybils: ['Sybils', 'Does one machine stand in many places of the table?'],
  'dns-misdirection': ['DNS misdirection', 'Does a name that clients ask for lead there?'],
  flooding: ['Flooding', 'Was a server that is no peer told to many as one?'],
}

export function hypothesisTitle(hypothesis: string): string {
  const words = safe(hypothesis).replaceAll('-', ' ')
  return TITLES[hypothesis]?.[0] ?? words.charAt(0).toUpperCase() + words.slice(1)
}

const VERDICTS: Readonly<Record<CauseRow['verdict'], readonly [sign: string, words: string]>> = {
  confirmed: ['●', 'confirmed'],
  supported: ['◐', 'supported: more than chance, not the whole of it'],
  refuted: ['○', 'refuted'],
  untested: ['–', 'nothing to test it on'],
}

interface HypothesesProps {
  readonly causes: readonly CauseRow[]
  /** Tells whether incidents are told by networks that are known to be dark. */
  readonly actions?: preact.ComponentChildren
}

export function Hypotheses({ causes, actions }: HypothesesProps) {
  const subjects = [...new Set(causes.map(({ run, subject }) => `${run} ${subject}`))]
  return (
    <Section
      title="Hypotheses"
      note="Each is put to the same test as its controls, which must fail."
      actions={actions}
    >
      {causes.length === 0 && (
        <Empty title="Nothing was put to the test yet.">
          It is done while traffic is read: every ten seconds at most, and at its end.
        </Empty>
      )}
      {subjects.map((key) => {
        const own = causes.filter(({ run, subject }) => `${run} ${subject}` === key)
        return <Subject key={key} causes={own} isOne={subjects.length === 1} />
      })}
    </Section>
  )
}

function Subject({
  causes,
  isOne,
}: {
  readonly causes: readonly CauseRow[]
  readonly isOne: boolean
}) {
  const { families } = useFrame()
  const told = causes.filter(({ verdict }) => verdict !== 'untested')
  const untested = causes.filter(({ verdict }) => verdict === 'untested')
  const { family = '', subject, run } = causes[0]!
  const words = safe(subject.replace(family, families.title(family)))
  return (
    <>
      <h3>
        {words.charAt(0).toUpperCase() + words.slice(1)}
        {!isOne && <small class="muted"> run {run}</small>}
      </h3>
      {told.length > 0 && (
        <ul class="hypotheses">
          {told.map((cause) => (
            <li key={cause.hypothesis} class={`hypothesis ${cause.verdict}`}>
              <Hypothesis cause={cause} />
            </li>
          ))}
        </ul>
      )}
      {untested.length > 0 && (
        <p class="card-part">
          There was nothing to test these on:{' '}
          {untested.map(({ hypothesis }) => hypothesisTitle(hypothesis).toLowerCase()).join(', ')}.
        </p>
      )}
    </>
  )
}

function Hypothesis({ cause }: { readonly cause: CauseRow }) {
  const { hypothesis, verdict, text, tested, hits, controls, p } = cause
  const [sign, words] = VERDICTS[verdict]
  const question = TITLES[hypothesis]?.[1]
  return (
    <>
      <p class="hypothesis-head">
        <strong>{hypothesisTitle(hypothesis)}</strong>
        <span class="hypothesis-verdict">
          <span aria-hidden="true">{sign}</span> {words}
        </span>
      </p>
      {question !== undefined && <p class="muted">{question}</p>}
      <p>{safe(text)}</p>
      {controls.length > 0 && (
        <dl class="rates">
          <Rate title="Found" tested={tested} hits={hits} />
          {controls.map((control) => (
            <Rate key={control.name} title={safe(control.name)} {...control} isControl />
          ))}
        </dl>
      )}
      {p !== undefined && verdict !== 'refuted' && (
        <p class="muted">By chance: p {chanceText(p)}.</p>
      )}
    </>
  )
}

interface RateProps {
  readonly title: string
  readonly tested: number
  readonly hits: number
  readonly isControl?: boolean
}

function Rate({ title, tested, hits, isControl = false }: RateProps) {
  const share = tested === 0 ? 0 : hits / tested
  return (
    <div class={isControl ? 'control' : ''}>
      <dt>
        {title}
        {isControl && <span class="hidden"> (control)</span>}
      </dt>
      <dd>
        <span class="rate-bar" aria-hidden="true">
          <span style={{ width: `${100 * share}%` }} />
        </span>
        {percentText(share)}{' '}
        <span class="muted">
          {countText(hits)} of {countText(tested)}
        </span>
      </dd>
    </div>
  )
}

const SMALL = 0.001
const SMALLEST = 1e-12

export function chanceText(p: number): string {
  if (p < SMALLEST) return 'below 1e-12'
  return p < SMALL ? p.toExponential(0) : p.toFixed(3)
}
