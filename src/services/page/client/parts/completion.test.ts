/** Whatever completion offers can be read as an expression, or goes on to one. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseExpression } from '../../../../core/expression.ts'
import { compared, type Known, narrowed, suggestions } from './completion.ts'

const KNOWN: Known = new Map([
  [
    'family',
    [
      { value: 'alpha', note: '3 flows' },
      { value: 'two words', note: '' },
    ],
  ],
  ['port', [{ value: '6881', note: '' }]],
])

const texts = (text: string) => suggestions(text, text.length, KNOWN).map((one) => one.text)

/** As the bar does it. */
function taken(text: string, index = 0): string {
  const one = suggestions(text, text.length, KNOWN)[index]!
  return text.slice(0, one.from) + one.text
}

test('an empty bar offers fields, a letter fewer of them', () => {
  assert.ok(texts('').includes('family'))
  assert.deepEqual(texts('sur'), ['sureness'])
})

test('after a field come the operators of its type', () => {
  assert.deepEqual(texts('host'), ['==', '!=', ' in ('])
  assert.deepEqual(texts('sureness!'), ['!='])
})

test('after an operator come values that are there', () => {
  assert.deepEqual(texts('family==al'), ['alpha '])
  assert.deepEqual(texts('dport=='), ['6881 '])
  assert.deepEqual(texts('sureness>='), ['certain ', 'likely ', 'unsure '])
})

test('after a comparison comes and, or', () => {
  assert.deepEqual(texts('port==80 '), ['&& ', '|| '])
})

test('a whole expression can be made of first suggestions, with quotes where they are needed', () => {
  let text = taken('fam')
  text = taken(text)
  text = taken(text, 1)
  assert.equal(text, 'family=="two words" ')
  assert.equal(parseExpression(text).error, undefined)
  assert.equal(taken(`${taken(text)}port==`), 'family=="two words" && port==6881 ')
})

test('inside of a text nothing is offered', () => {
  assert.deepEqual(texts('content~"a family'), [])
})

test('a facet narrows what an or left open', () => {
  assert.equal(narrowed('', 'port==80'), 'port==80')
  assert.equal(narrowed('a==1 or b==2', 'port==80'), '(a==1 or b==2) && port==80')
  assert.equal(compared('family', '!=', 'a "b"'), 'family!="a \\"b\\""')
})
