/** A diagnosis, for people: what was examined, what it is, how that is known, who spreads it. */
import { endpointText } from '../../core/address.ts'
import type { Cause } from '../../core/event.ts'
import { countText, manyText, shareText } from '../../core/figures.ts'
import { shown } from '../../core/text.ts'
import type { Diagnosis } from '../../services/diagnose/diagnose.ts'
import {
  type ColumnStyle,
  Painter,
  type Style,
  table,
  wrapped,
} from '../../services/report/layout.ts'

interface Look {
  readonly width: number
  readonly colour: boolean
}

const STYLES: Readonly<Record<Cause['verdict'], Style>> = {
  confirmed: 'red',
  supported: 'yellow',
  refuted: 'dim',
  untested: 'dim',
}

const LISTED = 12
const RIGHT: ColumnStyle = { align: 'right' }

export function diagnosisText(diagnoses: readonly Diagnosis[], look: Look): string {
  if (diagnoses.length === 0) return 'Nobody was told of anybody, and nobody was called in vain.\n'
  return `${diagnoses.map((each) => new DiagnosisLines(each, look).text()).join('\n\n')}\n`
}

class DiagnosisLines {
  readonly #of: Diagnosis
  readonly #width: number
  readonly #painter: Painter
  readonly #lines: string[] = []

  constructor(of: Diagnosis, { width, colour }: Look) {
    this.#of = of
    this.#width = width
    this.#painter = new Painter(colour)
  }

  text(): string {
    const { family, of, endpoints, bogus, causes } = this.#of
    const what = of === 'told' ? 'told' : 'called, though no message that was seen named it'
    this.#title(`${family}: ${manyText(endpoints, 'endpoint')} ${what}`)
    const parts = Object.entries(bogus).filter(([, count]) => count > 0)
    const told = parts.map(([why, count]) => `${countText(count)} ${why}`).join(', ')
    this.#say(told === '' ? 'All that was called answered.' : `In no system: ${told}.`)
    const tested = causes.filter(({ verdict }) => verdict !== 'untested')
    for (const cause of tested) this.#cause(cause)
    const names = causes.filter((cause) => !tested.includes(cause)).map((cause) => cause.hypothesis)
    if (names.length > 0) this.#verdict('untested', `${names.join(', ')}.`)
    this.#channels()
    this.#clients()
    this.#examples()
    return this.#lines.join('\n')
  }

  #title(text: string): void {
    this.#lines.push(this.#painter.paint(text, 'bold'))
  }

  #say(text: string): void {
    this.#lines.push(...wrapped(shown(text), this.#width, 2))
  }

  #rows(rows: readonly (readonly string[])[], columns: readonly ColumnStyle[]): void {
    const options = { width: this.#width, indent: 2, painter: this.#painter }
    this.#lines.push(...table(rows, columns, options))
  }

  #cause({ hypothesis, verdict, text, p }: Cause): void {
    const chance = p === undefined || verdict === 'refuted' ? '' : ` Chance: p ${chanceText(p)}.`
    this.#verdict(verdict, `${hypothesis}: ${shown(text)}${chance}`)
  }

  #verdict(verdict: Cause['verdict'], text: string): void {
    const [first, ...others] = wrapped(text, this.#width, 14)
    const name = `  ${verdict.padEnd(12)}`
    this.#lines.push(this.#painter.paint(name, STYLES[verdict]) + first!.slice(name.length))
    this.#lines.push(...others)
  }

  #channels(): void {
    const { channels } = this.#of
    if (channels.length === 0) return
    this.#lines.push('')
    this.#title('Channels')
    this.#rows(
      channels.map(({ via, kind, told, bogus, spreads }) => [
        shown(via),
        kind,
        `${countText(bogus)} of ${countText(told)} bogus`,
        { yes: 'spreads it', no: 'does not', unclear: 'too few to say' }[spreads],
      ]),
      [{}, {}, RIGHT, {}],
    )
  }

  #clients(): void {
    const { blame, dissemination } = this.#of
    if (blame.clients.length === 0) return
    this.#lines.push('')
    this.#title('Clients')
    const classes = new Map(dissemination.map(({ software, passes }) => [software, passes]))
    const rows = blame.clients
      .slice(0, LISTED)
      .map((client) => [
        shown(client.software),
        `${countText(client.misleading)} of ${manyText(client.tellers, 'teller')}`,
        `${countText(client.bogus)} of ${countText(client.told)}`,
        shareText(client.bogus, client.told),
        client.isBlamed ? `spreads it, p ${chanceText(client.p)}` : '',
        passesText(classes.get(client.software)),
      ])
    this.#rows(rows, [{}, RIGHT, RIGHT, RIGHT, { style: 'red' }, {}])
    const { value, freedom, p } = blame.chiSquare
    if (freedom > 0) {
      this.#say(
        `All clients against each other: chi-square ${value.toFixed(1)}, ${manyText(freedom, 'degree')} of freedom, p ${chanceText(p)}.`,
      )
    }
  }

  #examples(): void {
    const { examples } = this.#of
    if (examples.length === 0) return
    this.#lines.push('')
    this.#title('Evidence')
    const rows = examples
      .slice(0, LISTED)
      .map(({ at, why, first, software, meant }) => [
        endpointText(at),
        why,
        meant === undefined ? '' : `is ${endpointText(meant)} in reverse`,
        shown(
          `${first.via === 'asked' ? 'called' : 'told'} by ${endpointText(first.by)}` +
            `${software === undefined ? '' : `, ${software}`}` +
            `${first.via === 'asked' ? '' : `, ${first.via}`}, frame ${first.frame} of ${first.capture}`,
        ),
      ])
    this.#rows(rows, [{}, {}, { style: 'red' }, {}])
  }
}

function passesText(passes: Diagnosis['dissemination'][number]['passes'] | undefined): string {
  if (passes === undefined || passes === 'unclear') return ''
  return {
    full: 'passes on all it was told',
    partial: 'passes on who takes a connection',
    handshake: 'passes on who speaks the protocol',
  }[passes]
}

const SMALL = 0.001
const SMALLEST = 1e-12

function chanceText(p: number): string {
  if (p < SMALLEST) return '< 1e-12'
  return p < SMALL ? p.toExponential(0) : p.toFixed(3)
}
