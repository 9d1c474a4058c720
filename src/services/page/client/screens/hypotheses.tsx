/** Why addresses that are in no system were told: each hypothesis with its test, its counts and a verdict. */
import type { CauseRow } from '../../../../core/store.ts'
import { useFrame } from '../frame.ts'
import { Empty, Section } from '../parts/basic.tsx'
import { counted, countText, percentText, safe } from '../words.ts'

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
  /** Buttons at the head of the section. */
  readonly actions?: preact.ComponentChildren
}

export function Hypotheses({ causes, actions }: HypothesesProps) {
  const subjects = new Set(causes.map(keyOf))
  const groups = [...subjects].map((key) => causes.filter((cause) => keyOf(cause) === key))
  const [telling, silent] = split(groups, (own) => own.some(isFinding))
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
      {telling.map((own) => (
        <Subject key={keyOf(own[0]!)} causes={own} isOne={subjects.size === 1} />
      ))}
      {silent.length > 0 && telling.length === 0 && (
        <p class="card-part">None of them explains what was told.</p>
      )}
      {silent.length > 0 && (
        <details class="folded card-part">
          <summary>
            {counted(silent.length, 'test without a finding', 'tests without a finding')}
          </summary>
          {silent.map((own) => (
            <Subject key={keyOf(own[0]!)} causes={own} isOne={subjects.size === 1} />
          ))}
        </details>
      )}
    </Section>
  )
}

function keyOf({ run, subject }: CauseRow): string {
  return `${run} ${subject}`
}

function isFinding({ verdict }: CauseRow): boolean {
  return verdict === 'confirmed' || verdict === 'supported'
}

function split<T>(all: readonly T[], is: (one: T) => boolean): readonly [T[], T[]] {
  return [all.filter(is), all.filter((one) => !is(one))]
}

/** As `TITLES` stands; what is not in it comes last. */
const RANKS = new Map(Object.keys(TITLES).map((name, rank) => [name, rank]))

function rankOf({ hypothesis }: CauseRow): number {
  return RANKS.get(hypothesis) ?? RANKS.size
}

function Subject({
  causes,
  isOne,
}: {
  readonly causes: readonly CauseRow[]
  readonly isOne: boolean
}) {
  const { families } = useFrame()
  const ranked = causes.toSorted((a, b) => rankOf(a) - rankOf(b))
  const [found, others] = split(ranked, isFinding)
  const [untested, refuted] = split(others, ({ verdict }) => verdict === 'untested')
  const { family = '', subject, run } = causes[0]!
  const words = safe(subject.replace(family, families.title(family)))
  return (
    <>
      <h3>
        {words.charAt(0).toUpperCase() + words.slice(1)}
        {!isOne && <small class="muted"> run {run}</small>}
      </h3>
      <HypothesisList causes={found} />
      {refuted.length > 0 && (
        <details class="folded card-part">
          <summary>
            {countText(refuted.length)} refuted: {namesOf(refuted)}
          </summary>
          <HypothesisList causes={refuted} />
        </details>
      )}
      {untested.length > 0 && (
        <p class="card-part">There was nothing to test these on: {namesOf(untested)}.</p>
      )}
    </>
  )
}

function namesOf(causes: readonly CauseRow[]): string {
  return causes.map(({ hypothesis }) => hypothesisTitle(hypothesis).toLowerCase()).join(', ')
}

function HypothesisList({ causes }: { readonly causes: readonly CauseRow[] }) {
  if (causes.length === 0) return null
  return (
    <ul class="hypotheses">
      {causes.map((cause) => (
        <li key={cause.hypothesis} class={`hypothesis ${cause.verdict}`}>
          <Hypothesis cause={cause} />
        </li>
      ))}
    </ul>
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

function chanceText(p: number): string {
  if (p < SMALLEST) return 'below 1e-12'
  return p < SMALL ? p.toExponential(0) : p.toFixed(3)
}
