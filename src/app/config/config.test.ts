/** A configuration says where it is wrong: file, line, key. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConfigError, configSchema, defaults, parseConfig } from './config.ts'
import { isLoopback, isNetwork, placeOf, secondsOf, sizeOf } from './config-values.ts'

function refused(text: string): string {
  try {
    parseConfig(text, 'p.yaml')
  } catch (error) {
    assert.ok(error instanceof ConfigError)
    return error.message
  }
  return assert.fail('it was taken')
}

test('an empty file is the defaults, and the page is for this machine', () => {
  assert.deepEqual(parseConfig('# nothing\n', 'p.yaml'), defaults())
  assert.equal(defaults().listen, '127.0.0.1:8686')
  assert.equal(defaults()['keep-packets'], undefined)
})

test('what is said is taken', () => {
  const config = parseConfig(
    [
      'interfaces: [eth0, eth1]',
      'networks:',
      '  - name: students',
      '    cidrs: [10.1.0.0/16, "2001:db8::/32"]',
      '    policy: forbid',
      '  - { name: office, cidrs: [10.2.0.0/16] }',
      'hosts:',
      '  10.1.0.5: printer',
      'store: { path: /var/lib/x.duckdb, keep: 30d, size: 20GB }',
      'keep-packets: 2GB',
      'log: debug',
    ].join('\n'),
    'p.yaml',
  )
  assert.deepEqual(config.interfaces, ['eth0', 'eth1'])
  assert.deepEqual(
    config.networks.map(({ policy }) => policy),
    ['forbid', 'watch'],
  )
  assert.equal(config.hosts['10.1.0.5'], 'printer')
  assert.equal(config.store.keep, '30d')
})

test('a slip is told with its line and its key', () => {
  assert.equal(refused('log: info\nlisten: nowhere\n').slice(0, 16), 'p.yaml:2: listen')
  assert.match(refused('\n\nwoker: 2\n'), /^p\.yaml:3: woker: is no key/)
  assert.match(
    refused('networks:\n  - name: a\n    cidrs:\n      - 10.0.0.0/8\n      - 10.0.0.0/33\n'),
    /^p\.yaml:5: networks\.0\.cidrs\.1: is not a network/,
  )
  assert.match(refused('store:\n  keep: long\n'), /^p\.yaml:2: store\.keep: .*30d/)
  assert.match(refused('log: [\n'), /^p\.yaml:\d: (?!.*at line)/)
  assert.match(
    refused('wall:\n  rules:\n    - do: block\n    - do: blok\n'),
    /^p\.yaml:4: wall\.rules\.1\.do: is not permit, watch/,
  )
  assert.match(
    refused('wall:\n  permit:\n    applications: [bittorrent, bitorrent]\n'),
    /^p\.yaml:3: wall\.permit\.applications\.1: bitorrent is no protocol/,
  )
  assert.match(refused('- a list\n'), /^p\.yaml:1: the file: /)
  assert.match(refused('hosts:\n  printer: 10.0.0.1\n'), /^p\.yaml:\d: hosts: a key is no address/)
})

test('a value of another kind is told in words, and how it is written', () => {
  assert.match(refused('interfaces: eth0\n'), /: interfaces: is not a list, such as \[a, b\]$/)
  assert.match(refused('store: { keep: 30 }\n'), /: store\.keep: .* such as 12h or 30d$/)
  assert.match(refused('store: { size: 20 gigs }\n'), /: store\.size: .* such as 500MB or 2GB$/)
  assert.match(refused('log: loud\n'), /: log: is none of silent, error, warn, info, debug$/)
  assert.match(refused('workers: 100\n'), /: workers: is more than 64$/)
  assert.match(refused('workers: two\n'), /: workers: is not a number$/)
  assert.match(refused('networks: [{ name: a }]\n'), /: networks\.0\.cidrs: is missing$/)
  assert.match(refused('dark: []\n'), /: dark: is empty$/)
  assert.match(refused('listen: 99999\n'), /: listen: is not a port, nor HOST:PORT$/)
})

test('a port alone may be a number, as YAML reads it', () => {
  assert.equal(parseConfig('listen: 8080\n', 'p.yaml').listen, '8080')
})

test('slips are told from the top of the file, each once', () => {
  const text = 'lisen: 1\nstore: { size: 20 gigs, keep: 3 }\nfiltr: x\nlog: loud\n'
  assert.throws(
    () => parseConfig(text, 'p.yaml'),
    (error: ConfigError) => {
      const keys = error.faults.map(({ line, says }) => `${line} ${says.split(':')[0]}`)
      assert.deepEqual(keys, ['1 lisen', '2 store.keep', '2 store.size', '3 filtr', '4 log'])
      return true
    },
  )
})

test('sizes, spans, places and networks', () => {
  assert.equal(sizeOf('2GB'), 2_000_000_000)
  assert.equal(sizeOf('1.5 MB'), 1_500_000)
  assert.equal(sizeOf('2GiB'), undefined)
  assert.equal(secondsOf('30d'), 2_592_000)
  assert.equal(secondsOf('90'), undefined)
  assert.deepEqual(placeOf('8686'), { host: '127.0.0.1', port: 8686 })
  assert.deepEqual(placeOf('[::1]:80'), { host: '::1', port: 80 })
  assert.equal(placeOf('0.0.0.0:70000'), undefined)
  assert.ok(isLoopback('127.0.0.53') && isLoopback('::1') && !isLoopback('0.0.0.0'))
  assert.ok(!isLoopback('::'))
  assert.ok(isNetwork('10.0.0.0/8') && isNetwork('2001:db8::/128') && !isNetwork('10.0.0/8'))
})

test('the JSON Schema forbids what the schema forbids', () => {
  const text = JSON.stringify(configSchema())
  assert.match(text, /"additionalProperties":false/)
  assert.match(text, /"keep-packets"/)
})

test('all slips of a configuration are told, and aliases that lead nowhere are one', () => {
  const slips = 'log: loud\nwall:\n  rules:\n    - { who: [nobody], do: nothing }\n'
  assert.throws(
    () => parseConfig(slips, 'p.yaml'),
    (error: ConfigError) => {
      assert.deepEqual(
        error.faults.map(({ line, says }) => `${line} ${says.split(':')[0]}`),
        ['1 log', '4 wall.rules.0.do'],
      )
      return true
    },
  )
  assert.match(refused('log: *nowhere\n'), /^p\.yaml:1: .*nowhere/)
  const bomb = ['a: &a [1,1,1,1,1,1,1,1,1,1]', 'b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]']
  const more = ['c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]', 'd: [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]']
  assert.match(refused([...bomb, ...more].join('\n')), /^p\.yaml:1: .*alias/i)
})
