/** Makes LIMITS.md: the bounds of core/limits.ts and the longest message of every wire. */
import { LIMIT_ROWS } from '../src/core/limits.ts'
import type { Protocol } from '../src/core/protocol.ts'
import { protocols } from '../src/protocols/index.ts'

const grouped = new Intl.NumberFormat('en-US')

function shared(): string[] {
  return LIMIT_ROWS.map(
    ([name, value, unit, reason]) =>
      `| \`${name}\` | ${grouped.format(value)} | ${unit} | ${reason} |`,
  )
}

function wires(cards: readonly Protocol[]): string[] {
  return cards.flatMap((card) =>
    (card.wires ?? []).map(
      (wire) => `| \`${wire.name}\` | ${grouped.format(wire.messageBytesMax)} | ${wire.carrier} |`,
    ),
  )
}

export function limitsPage(cards: readonly Protocol[] = protocols): string {
  return [
    '# Limits',
    '',
    '<!-- Made by `npm run generate` from src/core/limits.ts and the wires. Do not edit. -->',
    '',
    'Everything that input can make grow has a bound. Reaching one is a `limit` event and a line of the',
    'summary, never silence.',
    '',
    '## Shared',
    '',
    '| bound | value | unit | reason |',
    '|---|---:|---|---|',
    ...shared(),
    '',
    '## Longest message of each wire',
    '',
    'In bytes. A longer one is malformed, and no wire ever asks for more bytes than this.',
    '',
    '| wire | bytes | carrier |',
    '|---|---:|---|',
    ...wires(cards),
    '',
  ].join('\n')
}
