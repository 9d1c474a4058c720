/** The summary says what is there, fits the line, and lets no capture write to the terminal. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Flow, Verdict } from '../../core/event.ts'
import { cutTo, widthOf, wrapped } from './layout.ts'
import { Overview } from './overview.ts'
import { summaryText } from './summary.ts'
import type { SummaryInput } from './summary-input.ts'

const FLOW: Flow = {
  type: 'flow',
  flow: 1,
  micros: 1_795_165_205_000_000,
  capture: 'a.pcap',
  frame: 3,
  proto: 'TCP',
  protoNumber: 6,
  ends: [
    { ip: '192.0.2.1', port: 40_000 },
    { ip: '198.51.100.2', port: 6881 },
  ],
  startMicros: 1_795_165_200_000_000,
  endMicros: 1_795_165_205_000_000,
  packets: [10, 12],
  bytes: [1000, 2000],
  payloadBytes: [500, 1500],
  fromStart: true,
  reason: 'closed',
}

const VERDICT: Verdict = {
  type: 'verdict',
  host: '192.0.2.1',
  micros: 0,
  families: ['f'],
  parts: ['peer'],
  sureness: 'certain',
  score: 92,
  reasons: [1, 2, 3, 4].map((frame) => ({
    weight: 50 - frame,
    text: `reason ${frame}`,
    capture: 'a.pcap',
    frame,
  })),
  software: ['Evil\u001b[2J\u202e 1.0'],
  flows: 1,
  bytes: [1000, 2000],
}

function input(flows: readonly Flow[] = [{ ...FLOW, p2p: VERDICT_P2P }, FLOW]): SummaryInput {
  const overview = new Overview()
  for (const flow of flows) overview.consume(flow)
  const biggest = flows.filter(({ p2p }) => p2p === undefined)
  const bytes = biggest.reduce((sum, flow) => sum + flow.bytes[0] + flow.bytes[1], 0)
  overview.others = { flows: biggest.length, bytes, silentFlows: 0, gapFlows: 0, biggest }
  return {
    totals: {
      packets: 1234,
      bytes: 6100,
      flows: 2,
      firstMicros: 1_795_165_200_000_000,
      lastMicros: 1_795_165_325_000_000,
      packetCounts: { tcp: 1230, 'not-ip': 4, udp: 0, 'vlan-tagged': 9 },
      filteredOut: 7,
      messages: { f: { hello: 3, bye: 2 } },
      faults: { 'f/peer': { 'too-long': 2 } },
      limits: { looksMax: 1 },
      gapBytes: 99,
      damage: [{ capture: 'a.pcap', offset: 77, cause: 'the file ends inside a packet' }],
      captures: [{ name: 'a.pcap', packets: 1234 }],
      interrupted: false,
    },
    overview,
    verdicts: [VERDICT],
    hostCount: 1,
    claimedCount: 12,
    statuses: ['tcp', 'udp', 'not-ip'],
    contents: [
      {
        content: 'urn:x:1',
        names: [
          {
            name: '\u001b]0;owned\u0007名前',
            via: 'metadata',
            verified: true,
            capture: 'a.pcap',
            frame: 9,
          },
        ],
        size: 5_000_000,
        files: 2,
        hosts: 3,
        claims: { tracker: 4 },
        bytes: 1500,
        capture: 'a.pcap',
        frame: 8,
      },
    ],
  }
}

const VERDICT_P2P = { family: 'f', part: 'peer', sureness: 'certain', reasons: ['x'] } as const

test('says protocols, hosts with three reasons and frames, contents, what was not understood', () => {
  const text = summaryText(input(), { width: 100, colour: false })
  const has = (wanted: string) => assert.ok(text.includes(wanted), `${wanted}\n${text}`)
  has('a.pcap\n  1,234 packets, 6.1 kB, 2 min 5 s from 2026-11-20 09:00:00 UTC')
  has('P2P is 50.0 % of 6.0 kB in 2 flows')
  assert.match(text, /f +1 flow +3\.0 kB +50\.0 % +2 hosts +5 messages\n +peer 1/)
  has('1 host seen to take part, 12 more only named by others')
  has('192.0.2.1  92/100 certain: f, 1.0 kB out, 2.0 kB in, Evil\\x1b[2J\\u{202e} 1.0; peer')
  has('- reason 1 [frame 1]')
  has('- reason 3 [frame 3]')
  assert.ok(!text.includes('reason 4'))
  has('“\\x1b]0;owned\\x07名前”')
  has('5.0 MB, 2 files, 3 hosts, 1.5 kB moved, 4 claims via tracker')
  has('name from metadata, checked against the hash [frame 9]')
  has('1 flow (3.0 kB, 50.0 %) of no P2P protocol known here; the biggest:')
  has('TCP  192.0.2.1:40000  198.51.100.2:6881  3.0 kB  frame 3')
  has('2 faults in f/peer: too-long')
  has('99 B missing in the streams')
  has('bound looksMax reached 1 time')
  has(
    '1,234 packets read: 1,230 tcp, 4 not ip\n  of these 9 vlan tagged\n  7 left out by the filter',
  )
  has('a.pcap at byte 77: the file ends inside a packet')
})

test('neighbours stand last, in brackets, and are no share of P2P', () => {
  const vpn = { ...VERDICT_P2P, family: 'vpn', neighbour: true } as const
  const flows = [
    { ...FLOW, p2p: VERDICT_P2P },
    { ...FLOW, bytes: [9000, 0] as const, p2p: vpn },
  ]
  const text = summaryText(input(flows), { width: 100, colour: false })
  assert.match(text, /P2P is 25\.0 % of 12 kB in 2 flows\n {2}f +1 flow/)
  assert.match(text, /\n {2}\(vpn\) +1 flow +9\.0 kB.*\n.*\n {2}\(in brackets: /)
})

test('packets of a link type that is not read are told by its name', () => {
  const one = input()
  const unreadLinkTypes = [{ name: 'IEEE 802.11', packets: 4 }]
  const totals = { ...one.totals, unreadLinkTypes }
  const text = summaryText({ ...one, totals }, { width: 100, colour: false })
  assert.ok(text.includes('not read: 4 packets of link type IEEE 802.11'), text)
})

test('contents of which nothing more is known are counted, and none of them is "one more"', () => {
  const one = input()
  const nothing = { ...one.contents[0]!, names: [], bytes: 0, hosts: 1 }
  const text = summaryText({ ...one, contents: [nothing] }, { width: 100, colour: false })
  assert.match(text, /CONTENTS {2}1 content .*\n {2}no name, no bytes and no second host seen/)
  assert.doesNotMatch(text, /more content/)
})

test('what a capture wrote never reaches the terminal as a control character', () => {
  const text = summaryText(input(), { width: 100, colour: true })
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
  const stripped = text.replace(/\u001b\[\d+m/g, '')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
  assert.doesNotMatch(stripped, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/)
  assert.notEqual(stripped, text)
})

test('packets that no status accounts for are said to be so', () => {
  const one = input()
  const totals = { ...one.totals, packetCounts: { tcp: 1200 } }
  const text = summaryText({ ...one, totals }, { width: 100, colour: false })
  assert.ok(text.includes('34 not accounted for'), text)
})

test('a capture without P2P says so', () => {
  const one = input([FLOW])
  const text = summaryText(
    { ...one, verdicts: [], hostCount: 0, claimedCount: 0, contents: [] },
    { width: 80, colour: false },
  )
  assert.ok(text.includes('no P2P seen'))
  assert.ok(!text.includes('HOSTS'))
})

test('what a capture without a packet was called is said as it was asked for', () => {
  const one = input([])
  const totals = { ...one.totals, packets: 0, captures: [] }
  const text = summaryText(
    { ...one, totals },
    { width: 80, colour: false, sources: ['b\u202e.pcap'] },
  )
  assert.match(text, /^b\\u\{202e\}\.pcap\n {2}0 packets/)
})

test('several captures are counted, and neither they nor programs are cut off', () => {
  const one = input()
  const captures = [1, 2, 3, 4, 5].map((n) => ({ name: `/captures/monday/${n}.pcap`, packets: 1 }))
  const software = ['a program of a long name 1.2.3', 'another one of a long name 4.5.6']
  const verdicts = [{ ...VERDICT, software }]
  const text = summaryText(
    { ...one, verdicts, totals: { ...one.totals, captures } },
    { width: 60, colour: false },
  )
  const flat = text.replace(/\n +/g, ' ')
  const has = (wanted: string) => assert.ok(flat.includes(wanted), `${wanted}\n${text}`)
  has(
    '5 captures: /captures/monday/1.pcap, /captures/monday/2.pcap, /captures/monday/3.pcap and 2 more',
  )
  has('a program of a long name 1.2.3, another one of a long name 4.5.6; peer')
})

test('lines keep to the width, in cells', () => {
  const text = summaryText(input(), { width: 60, colour: false })
  const long = text.split('\n').filter((line) => widthOf(line) > 60)
  assert.deepEqual(
    long.filter((line) => !/no P2P protocol known/.test(line)),
    [],
  )
  assert.equal(widthOf('名前'), 4)
  assert.equal(cutTo('名前です', 5), '名前…')
  assert.equal(cutTo('abc', 3), 'abc')
  assert.deepEqual(wrapped('aa bb cc', 7, 2, 4), ['  aa bb', '    cc'])
})
