/** Makes the protocol × ability table of README.md out of the cards. */
import type { Protocol } from '../src/core/protocol.ts'
import { protocols } from '../src/protocols/index.ts'

const BEGIN = '<!-- table: made by `npm run generate` from the cards in src/protocols -->'
const END = '<!-- end of table -->'

function row(card: Protocol): string {
  const wires = (card.wires ?? []).map((wire) => wire.name.replace(`${card.name}/`, ''))
  const cells = [
    `[${card.title}](src/protocols/${card.name}/README.md)${card.neighbour ? ' (neighbour)' : ''}`,
    card.overlay,
    card.carriers.map((carrier) => carrier.toUpperCase()).join(', ') || '-',
    card.carriers.length === 0 ? 'no' : 'yes',
    card.openSession === undefined ? 'no' : 'yes',
    card.fits === undefined ? 'no' : 'yes',
    wires.length === 0 ? '-' : `${wires.length}: ${wires.join(', ')}`,
    Object.keys(card.logs ?? {})
      .map((log) => `\`${log}\``)
      .join(' ') || '-',
    card.peer?.roles.join(', ') ?? '-',
  ]
  return `| ${cells.join(' | ')} |`
}

function abilityTable(cards: readonly Protocol[] = protocols): string {
  return [
    '| protocol | overlay | over | recognised | messages read | named by its endpoint | wires, both ways | logs | plays in the lab |',
    '|---|---|---|---|---|---|---|---|---|',
    ...cards.map(row),
  ].join('\n')
}

/** README.md with the table between its two marks made anew. */
export function withTable(readme: string, cards: readonly Protocol[] = protocols): string {
  const from = readme.indexOf(BEGIN)
  const to = readme.indexOf(END)
  if (from < 0 || to < from) throw new Error('README.md has lost the marks of its table')
  return `${readme.slice(0, from)}${BEGIN}\n\n${abilityTable(cards)}\n\n${readme.slice(to)}`
}
