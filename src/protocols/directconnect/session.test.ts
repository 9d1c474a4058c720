/** Connections say the same however they are cut, and what they mean. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { deflateSync } from 'node:zlib'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { bytesOf, concat } from '../../core/bytes.ts'
import { factsOfFlow, flowsOf, transcriptOf } from '../../core/captured-flows.ts'
import type { Side } from '../../core/event.ts'
import { repositoryFile, sharedCapture } from '../../core/repository.ts'
import {
  checkSession,
  factsOf,
  feed,
  type Kept,
  type Transcript,
} from '../../core/session-check.ts'
import { directconnect } from './index.ts'

const SUNRISE = 'urn:tree:tiger:DMRMOKDXPQ4NOUYLXRJXMSDDWCXF3CRYFJT6XLQ'
const ROOT = 'DMRMOKDXPQ4NOUYLXRJXMSDDWCXF3CRYFJT6XLQ'

const kepts: Kept[] = []

function fixture(name: string, part: string, index = 0): Kept {
  const file = repositoryFile(`src/protocols/directconnect/fixtures/${name}.pcap`)
  const flow = flowsOf(readFileSync(file))[index]!
  const transcript = transcriptOf(flow)
  const kept = checkSession(directconnect, factsOfFlow(flow, part), transcript)
  kepts.push(kept)
  return kept
}

function talk(part: string, said: readonly (readonly [Side, string | Uint8Array])[]): Kept {
  const transcript: Transcript = said.map(([side, words]) => [
    side,
    typeof words === 'string' ? bytesOf(words) : words,
  ])
  const kept = checkSession(directconnect, factsOf('tcp', part), transcript)
  kepts.push(kept)
  return kept
}

function claimsOf(kept: Kept): string[] {
  return kept.of('claim').map(({ about, part, via }) => `${via} ${part} ${about.ip}:${about.port}`)
}

function threatsOf(kept: Kept): string[] {
  return kept.of('threat').map(({ threat, severity }) => `${threat} ${severity}`)
}

const LOGIN: readonly (readonly [Side, string])[] = [
  [1, '$Lock EXTENDEDPROTOCOLabc Pk=YnHub 1.0|'],
  [0, '$Key x|$ValidateNick joe|'],
]

test('a real client at a real hub, the list of users deflated', () => {
  const kept = fixture('nmdc-hub', 'hub')
  assert.deepEqual(kept.of('fault'), [])
  assert.deepEqual(
    kept.of('client').map(({ software, version, nick }) => [software, version, nick]),
    [
      ['PtokaX', undefined, undefined],
      [undefined, undefined, 'carol'],
      ['EiskaltDC++', '2.4.2', 'carol'],
    ],
  )
  assert.deepEqual(claimsOf(kept), [
    'active-search results 10.44.0.12:3100',
    'connect-to-me peer 10.44.0.12:3100',
    'search-result hub 10.44.0.1:411',
  ])
  assert.deepEqual(
    kept.of('search').map(({ by, text }) => [by.ip, text]),
    [
      ['10.44.0.12', 'mountain'],
      ['10.44.0.13', 'sunrise'],
    ],
  )
  const infos = kept.of('message').filter(({ name }) => name === 'my-info')
  assert.deepEqual(
    infos.map(({ fields }) => [fields.nick, fields.share]),
    [
      ['carol', 40_000],
      ['PtokaX', undefined],
      ['alice', 470_000],
      ['carol', 40_000],
      ['bob', 0],
    ],
  )
  assert.ok(!JSON.stringify(kept.said).includes('lab@example.org'))
  const key = kept.of('message').find(({ name }) => name === 'key')
  assert.equal(key!.fields.right, true)
})

test('results by datagram, of both dialects', () => {
  const nmdc = fixture('nmdc-hub', 'results', 1)
  assert.deepEqual(
    nmdc.of('share').map(({ name, size, content }) => [name, size, content]),
    [
      ['Mountain Sunrise 4k.mkv', 350_000, SUNRISE],
      ['mountain trail map.pdf', 120_000, 'urn:tree:tiger:T7G6RNHUZQCA54NHRTTO7X4XPYJK5K2U7LXMU6A'],
    ],
  )
  assert.equal(fixture('adc-hub', 'results', 1).of('share')[0]!.name, 'Recipe book.epub')
})

test('between clients: lists and deflated files are told and counted', () => {
  const kept = fixture('nmdc-peer', 'peer')
  assert.deepEqual(kept.of('fault'), [])
  assert.deepEqual(claimsOf(kept), ['lock-ref hub 10.44.0.1:411'])
  assert.deepEqual(
    kept.of('transfer').map(({ name, content, bytes }) => [name ?? content, bytes]),
    [['urn:tree:tiger:2TWGM34UTBNA72WHB2XOGWD4MPEHGOXQWCF53IA', 40_000]],
  )
  assert.deepEqual(
    kept
      .of('message')
      .filter(({ name }) => name === 'list')
      .map(({ fields }) => [fields.name, fields.bytes, fields.encoding]),
    [['files.xml.bz2', 300, 'bzip2']],
  )
})

test('ADC: a hub tells who listens where; the PID stays untold', () => {
  const kept = fixture('adc-hub', 'hub')
  assert.deepEqual(kept.of('fault'), [])
  assert.deepEqual(
    new Set(claimsOf(kept)),
    new Set([
      'info results 172.20.9.21:4000',
      'info results 172.20.9.22:4100',
      'active-search results 172.20.9.22:4100',
      'connect-to-me peer 172.20.9.22:4100',
    ]),
  )
  assert.ok(!JSON.stringify(kept.said).includes('UBVNKHCTHSNTKXA4BSETXEGHTACXVI4PAE5FQHI'))
  assert.deepEqual(threatsOf(kept), [])
  assert.deepEqual(claimsOf(fixture('adc-peer', 'peer')), ['status-ref hub 172.20.9.1:1511'])
})

test('active and passive searches, connections with TLS, and where a hub sends its users', () => {
  const kept = talk('hub', [
    ...LOGIN,
    [0, `$Search 192.0.2.1:412 T?F?1000?9?TTH:${ROOT}|`],
    [1, '$Search Hub:ann F?T?0?1?blue$train|$RevConnectToMe ann joe|'],
    [1, '$ConnectToMe joe 203.0.113.7:5000S|$UserIP ann 203.0.113.8$$|'],
    [1, '$SR ann m\\blue train.mp3\x055 1/2\x05Some Hub (198.51.100.2:411)|'],
    [1, '$ForceMove 203.0.113.9:4111|'],
  ])
  assert.deepEqual(claimsOf(kept), [
    'active-search results 192.0.2.1:412',
    'connect-to-me peer-tls 203.0.113.7:5000',
    'user-ip peer 203.0.113.8:0',
    'search-result hub 198.51.100.2:411',
    'force-move hub 203.0.113.9:4111',
  ])
  assert.deepEqual(
    kept.of('search').map(({ text, content }) => text ?? content),
    [SUNRISE, 'blue train'],
  )
  const [share] = kept.of('share')
  assert.deepEqual(share!.by, { ip: '203.0.113.8', port: 0 })
  assert.equal(share!.content, 'urn:x-peerscope:directconnect:5:blue%20train.mp3')
})

test('passwords are not told; that they go in clear is', () => {
  const kept = talk('hub', [...LOGIN, [1, '$GetPass|'], [0, '$MyPass sesame|']])
  assert.ok(!JSON.stringify(kept.said).includes('sesame'))
  assert.deepEqual(threatsOf(kept), ['password-in-clear low'])
  const adc = talk('hub', [
    [0, 'HSUP ADBASE\n'],
    [1, 'IGPA X\n'],
    [0, 'HPAS SESAMEHASH\n'],
  ])
  assert.ok(!JSON.stringify(adc.said).includes('SESAMEHASH'))
})

test('a relayed PID is a leak; a redirect is a claim; NAT traversal is told', () => {
  const kept = talk('hub', [
    [0, 'HSUP ADBASE ADTIGR\n'],
    [1, 'ISUP ADBASE\nISID AAAX\n'],
    [1, `BINF AAAY IDX PDSECRET NIann I4203.0.113.8 U4412\n`],
    [1, 'DNAT AAAY AAAX ADCS/0.10 7777 tok\n'],
    [1, 'IQUI AAAX RDadcs://203.0.113.9:5001\n'],
  ])
  assert.deepEqual(threatsOf(kept), ['leaked-secret high'])
  assert.ok(!JSON.stringify(kept.said).includes('SECRET'))
  assert.deepEqual(claimsOf(kept), [
    'info results 203.0.113.8:412',
    'nat peer-tls 203.0.113.8:7777',
    'redirect hub-tls 203.0.113.9:5001',
  ])
})

test('who sends a client to a web server is told, with the hub that did', () => {
  const kept = talk('peer', [
    [0, '$MyNick joe|$Lock EXTENDEDPROTOCOLABC Pk=DCPLUSPLUS0.68Ref=dchub://203.0.113.66:411|'],
    [1, 'HTTP/1.1 400 Bad Request\r\n\r\n'],
  ])
  assert.deepEqual(threatsOf(kept), ['misdirected-connection high'])
  assert.match(kept.of('threat')[0]!.why, /sent by dchub:\/\/203\.0\.113\.66:411$/)
  const mail = talk('peer', [
    [1, '220 mail ready\r\n'],
    [0, 'CSUP ADBASE ADTIGR\n'],
  ])
  assert.deepEqual(threatsOf(mail), ['misdirected-connection high'])
})

test('an address that is not the speaker’s, where no NAT explains it', () => {
  const facts = {
    ...factsOf('tcp', 'hub'),
    ends: [
      { ip: '8.8.4.4', port: 5 },
      { ip: '9.9.9.9', port: 411 },
    ] as const,
  }
  const said: Transcript = [
    ...LOGIN.map(([side, words]) => [side, bytesOf(words)] as const),
    [0, bytesOf('$Search 1.2.3.4:53 F?T?0?1?x|$ConnectToMe ann 8.8.4.4:412|')],
  ]
  assert.deepEqual(threatsOf(feed(directconnect, facts, said).kept), ['foreign-address medium'])
})

test('old downloads: $Get, $FileLength, $Send, and the bytes; a name that leaves the share', () => {
  const kept = talk('peer', [
    [0, '$Get ..\\..\\boot.ini$1|'],
    [1, '$FileLength 12|'],
    [0, '$Send|'],
    [1, concat(bytesOf('hello | $x y'), bytesOf('$MaxedOut|'))],
  ])
  assert.deepEqual(threatsOf(kept), ['path-traversal high'])
  assert.deepEqual(
    kept.of('transfer').map(({ name, bytes }) => [name, bytes]),
    [['..\\..\\boot.ini', 12]],
  )
})

test('a partial list is shares, also where it is deflated', () => {
  const xml = bytesOf(
    `<FileListing><Directory Name="m"><File Name="a &amp; b.mp3" Size="7" TTH="${ROOT}"/></Directory></FileListing>`,
  )
  const packed = new Uint8Array(deflateSync(xml))
  for (const [body, flag] of [
    [xml, ''],
    [packed, ' ZL1'],
  ] as const) {
    const kept = talk('peer', [
      [0, 'CSUP ADBASE\n'],
      [1, 'CSUP ADBASE\n'],
      [0, `CGET list / 0 -1${flag}\n`],
      [
        1,
        concat(bytesOf(`CSND list / 0 ${xml.length}${flag}\n`), body, bytesOf('CSTA 152 none\n')),
      ],
    ])
    assert.deepEqual(
      kept.of('share').map(({ name, size, content }) => [name, size, content]),
      [['a & b.mp3', 7, SUNRISE]],
    )
    const [list] = kept.of('message').filter(({ name }) => name === 'list')
    assert.equal(list!.fields.bytes, xml.length)
    assert.deepEqual(kept.of('transfer'), [], 'a list tells of contents, it is none')
  }
})

test('words that patterns could be tried on for long are read in no time', () => {
  const said = [
    `$MyINFO $ALL a ${'<a V:'.repeat(1600)}$$$$$|`,
    `$Lock ${' Pk='.repeat(2000)}|`,
    `$SR a ${'( 1/2'.repeat(1600)}\x05${'('.repeat(50)})|`,
  ]
  for (const words of said) {
    const begun = performance.now()
    feed(directconnect, factsOf('tcp', 'hub'), [[0, bytesOf(words)]])
    // Thirty seconds, were they tried from every place to the end.
    assert.ok(performance.now() - begun < 500, words.slice(0, 20))
  }
})

test('log lines keep to the schema', () => {
  const check = new Ajv2020({ allErrors: true }).compile(directconnect.logs!.directconnect!)
  assert.ok(kepts.length > 10)
  for (const { fields } of kepts.flatMap((kept) => kept.of('message'))) {
    assert.ok(check(fields), JSON.stringify([fields, check.errors]))
  }
})

test('directconnect: every file that was downloaded in the captures came whole', (context) => {
  for (const [name, files] of WHOLE) {
    const path = sharedCapture(`real/${name}.pcap`)
    if (path === undefined) return context.skip('the shared captures are not on this machine')
    const moved = flowsOf(readFileSync(path)).flatMap((flow) => {
      if (flow.carrier !== 'tcp') return []
      const transcript = transcriptOf(flow)
      const { kept } = feed(directconnect, factsOfFlow(flow, 'peer'), transcript)
      return kept.of('transfer').filter(({ content }) => content !== undefined)
    })
    assert.deepEqual(moved.map(({ bytes }) => bytes).sort(), files, name)
  }
})

/** Sizes of the files as the makers of the captures shared them. */
const WHOLE: readonly (readonly [string, readonly number[]])[] = [
  ['dc-nmdc', [120_000, 350_000, 40_000]],
  ['dc-adc', [150_000, 300_000]],
]
