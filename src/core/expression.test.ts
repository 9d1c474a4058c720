/** Expressions that choose flows: what they mean, and what is said where they mean nothing. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  EXPRESSION_DEPTH_MAX,
  EXPRESSION_LENGTH_MAX,
  type Expression,
  parseExpression,
  quoted,
} from './expression.ts'
import { FIELDS, OPERATORS_OF } from './expression-fields.ts'
import { readMoment, readNetwork } from './expression-values.ts'

function parsed(text: string): Expression | undefined {
  const result = parseExpression(text)
  assert.equal(result.error, undefined, text)
  return 'ok' in result ? result.ok : undefined
}

/** Fully bracketed, so that precedence is seen. */
function shape(expression: Expression | undefined): string {
  if (expression === undefined) return ''
  if (expression.kind === 'not') return `!${shape(expression.part)}`
  if (expression.kind !== 'comparison')
    return `(${expression.parts.map(shape).join(expression.kind === 'and' ? ' & ' : ' | ')})`
  const values = expression.values.map((value) =>
    typeof value === 'object' ? `${value.ip}/${value.bits}` : String(value),
  )
  return `${expression.field}${expression.operator}${values.join(',')}`
}

test('and binds closer than or, not closest, brackets before all', () => {
  const cases = [
    ['', ''],
    ['  ', ''],
    ['part==a', 'part==a'],
    ['part==a || part==b && part==c', '(part==a | (part==b & part==c))'],
    ['part==a or part==b and part==c', '(part==a | (part==b & part==c))'],
    ['(part==a || part==b) && part==c', '((part==a | part==b) & part==c)'],
    ['!part==a && not(part==b)', '(!part==a & !part==b)'],
    ['NOT part == a AND part~"b c"', '(!part==a & part~b c)'],
    ['part==a&&part==b', '(part==a & part==b)'],
  ] as const
  for (const [text, expected] of cases) assert.equal(shape(parsed(text)), expected, text)
})

test('values are read as their field wants them', () => {
  const cases = [
    ['bytes>=10MB', 'bytes>=10000000'],
    ['bytes<4KiB', 'bytes<4096'],
    ['duration>5m', 'duration>300000000'],
    ['duration<1.5h', 'duration<5400000000'],
    ['duration==250ms', 'duration==250000'],
    ['packets>1k', 'packets>1000'],
    ['port in (80, 443)', 'portin80,443'],
    ['host==10.1.2.3/8', 'host==10.0.0.0/8'],
    ['src!=192.0.2.1', 'src!=192.0.2.1/32'],
    ['dst==2001:DB8:0::1/33', 'dst==2001:db8::/33'],
    ['host in (::1, 10.0.0.0/12)', 'hostin::1/128,10.0.0.0/12'],
    ['host==::ffff:10.0.0.1', 'host==10.0.0.1/32'],
    ['sureness>=likely', 'sureness>=likely'],
    ['start>=1970-01-02', 'start>=86400000000'],
    ['family==""', 'family=='],
    ['family==BitTorrent && part==DHT', '(family==bittorrent & part==dht)'],
    ['proto in (tcp, Udp, icmpv6, 89)', 'protoinTCP,UDP,IPv6-ICMP,89'],
    ['sureness==Certain', 'sureness==certain'],
    ['software==aMule', 'software==aMule'],
    ["software=='a \"b\\' c'", 'software==a "b\' c'],
    ['community==1:LQU9qZlK+B5F3KDmev6m5PMibrg=', 'community==1:LQU9qZlK+B5F3KDmev6m5PMibrg='],
    ['content==urn:btih:00 && id==1.42', '(content==urn:btih:00 & id==1.42)'],
  ] as const
  for (const [text, expected] of cases) assert.equal(shape(parsed(text)), expected, text)
})

test('what is wrong is said in words, with its place', () => {
  const cases = [
    ['famly==x', 0, /no field "famly": perhaps family/],
    ['ip.addr==10.0.0.1', 0, /no field "ip\.addr": perhaps host$/],
    ['part==a && id.orig_h==10.0.0.1', 11, /no field "id\.orig_h": perhaps src$/],
    ['dest_port==80', 0, /no field "dest_port": perhaps dport$/],
    ['src.x==10.0.0.1', 0, /no field "src\.x": perhaps src$/],
    ['zone==a', 0, /no field "zone"; there are family, part/],
    ['part==a part==b', 8, /&& or \|\|/],
    ['part', 4, /expected == != ~ in after part/],
    ['part==', 6, /expected a value/],
    ['part>3', 4, /part is compared with == != ~ in/],
    ['host==300.1.2.3', 6, /"300\.1\.2\.3" is not an address/],
    ['host==10.0.0.0/33', 6, /not an address/],
    ['bytes>ten', 6, /not an amount/],
    ['bytes>99999999999999TB', 6, /not an amount/],
    ['sureness==sure', 10, /unsure, likely, certain/],
    ['start>2026-02-29', 6, /not a time/],
    ['(part==a', 0, /not closed/],
    ['(part==a part==b)', 9, /closing bracket/],
    ['part==a)', 7, /&& or \|\|/],
    ['part=="a', 6, /quote is not closed/],
    ['port in 80', 8, /in brackets/],
    ['port in (80', 11, /comma or a closing bracket/],
    ['&& part==a', 0, /expected a field/],
    ['part==a &&', 10, /expected a field/],
  ] as const
  for (const [text, at, words] of cases) {
    const result = parseExpression(text)
    assert.ok(result.error !== undefined, text)
    assert.match(result.error, words, text)
    assert.equal(result.at, at, text)
  }
})

test('length and depth are bounded', () => {
  const deep = (levels: number) => `${'('.repeat(levels)}part==a${')'.repeat(levels)}`
  assert.equal(parseExpression(deep(EXPRESSION_DEPTH_MAX)).error, undefined)
  assert.match(parseExpression(deep(EXPRESSION_DEPTH_MAX + 1)).error!, /too many brackets/)
  assert.match(parseExpression(`${'!'.repeat(40)}part==a`).error!, /too many negations/)
  assert.match(parseExpression('x'.repeat(EXPRESSION_LENGTH_MAX + 1)).error!, /longer than/)
})

test('every field has an example that parses, and some operator', () => {
  for (const field of FIELDS) {
    assert.equal(parseExpression(field.example).error, undefined, field.example)
    assert.ok(field.example.toLowerCase().startsWith(field.name))
    assert.ok(OPERATORS_OF[field.type].length > 0)
  }
})

test('a quoted value is read back, whatever is in it', () => {
  for (const value of [
    'plain',
    '',
    'a b',
    '"',
    "'",
    '\\',
    'x"\\',
    '<script>',
    'a,b',
    'a&&b',
    '(',
    'é ☃',
  ]) {
    const expression = parsed(`software==${quoted(value)} && part==a`)
    assert.deepEqual(expression?.kind === 'and' && expression.parts[0], {
      kind: 'comparison',
      field: 'software',
      operator: '==',
      values: [value],
    })
  }
})

test('no text makes the parser throw or run away', () => {
  const pieces = [
    'part',
    '==',
    'in',
    '(',
    ')',
    '!',
    '&&',
    'or',
    '"',
    '\\',
    ',',
    '10.0.0.0/8',
    ' ',
    '~',
  ]
  for (let i = 0; i < 20_000; i++) {
    let [text, rest] = ['', i * 7919]
    while (rest > 0) {
      text += pieces[rest % pieces.length]
      rest = Math.floor(rest / pieces.length)
    }
    const result = parseExpression(text)
    if (result.error !== undefined) assert.ok(result.at >= 0 && result.at <= text.length, text)
  }
})

test('moments and networks at their edges', () => {
  // Expected values: `date -u -d TEXT +%s`.
  assert.equal(readMoment('2000-02-29T12:30:15.25'), 951_827_415_250_000)
  assert.equal(readMoment('2026-11-21T10:00:00+02:00'), 1_795_248_000_000_000)
  assert.equal(readMoment('1969-12-31'), -86_400_000_000)
  assert.equal(readMoment('2100-02-29'), undefined)
  assert.equal(readMoment('2026-13-01'), undefined)
  assert.deepEqual(readNetwork('255.255.255.255/0'), { ip: '0.0.0.0', bits: 0 })
  assert.deepEqual(readNetwork('2001:db8:ffff::/36'), { ip: '2001:db8:f000::', bits: 36 })
  assert.equal(readNetwork('10.0.0'), undefined)
})
