/** Hosts are judged by what they do, not by what is said of them, and every reason has a packet. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { Event, Flow, Recognition, Stamp, Sureness } from '../../core/event.ts'
import { repositoryFile } from '../../core/repository.ts'
import { together, trust, WEIGHTS } from './evidence.ts'
import { Hosts } from './hosts.ts'

const ENDS = [
  { ip: '192.0.2.1', port: 40_000 },
  { ip: '198.51.100.2', port: 6881 },
] as const

function stamp(flow: number, frame: number): Stamp {
  return { family: 'f', flow, micros: frame, ends: ENDS, carrier: 'tcp', capture: 'a.pcap', frame }
}

function recognition(flow: number, frame: number, more: Partial<Recognition> = {}): Recognition {
  const reasons = ['a handshake']
  return {
    ...stamp(flow, frame),
    type: 'recognition',
    part: 'peer',
    sureness: 'certain',
    reasons,
    ...more,
  }
}

function flowOf(flow: number, sureness: Sureness, more: Partial<Flow> = {}): Flow {
  return {
    type: 'flow',
    flow,
    micros: 1000 + flow,
    capture: 'a.pcap',
    frame: 1,
    proto: 'TCP',
    protoNumber: 6,
    ends: ENDS,
    startMicros: 0,
    endMicros: 1000 + flow,
    packets: [5, 5],
    bytes: [500, 900],
    payloadBytes: [200, 600],
    fromStart: true,
    reason: 'closed',
    p2p: { family: 'f', part: 'peer', sureness, reasons: ['a handshake'] },
    ...more,
  }
}

function judged(events: readonly Event[]): Hosts {
  const hosts = new Hosts()
  for (const event of events) hosts.consume(event)
  return hosts
}

test('a certain flow makes both ends that sent bytes hosts, with the frame that showed it', () => {
  const verdicts = judged([recognition(1, 4), flowOf(1, 'certain')]).verdicts()
  assert.deepEqual(
    verdicts.map(({ host, score, sureness, bytes }) => [host, score, sureness, bytes]),
    [
      ['192.0.2.1', 40, 'certain', [500, 900]],
      ['198.51.100.2', 40, 'certain', [900, 500]],
    ],
  )
  assert.deepEqual(verdicts[0]!.reasons, [
    { weight: 40, text: 'speaks f (peer) in 1 flow: a handshake', capture: 'a.pcap', frame: 4 },
  ])
  assert.deepEqual(verdicts[0]!.parts, ['peer'])
})

test('a side that never sent a byte is not judged', () => {
  const verdicts = judged([flowOf(1, 'certain', { payloadBytes: [100, 0] })]).verdicts()
  assert.deepEqual(
    verdicts.map(({ host }) => host),
    ['192.0.2.1'],
  )
})

test('a host that is only named is claimed, not judged, however often', () => {
  const about = { ip: '203.0.113.9', port: 1 }
  const claim = { ...stamp(1, 5), type: 'claim', by: ENDS[1], about, part: 'peer' } as const
  const hosts = judged(
    Array.from({ length: 50 }, () => ({ ...claim, carriers: 'both', via: 'pex' }) as const),
  )
  assert.deepEqual(
    hosts.verdicts().map(({ host }) => host),
    ['198.51.100.2'],
  )
  assert.deepEqual(hosts.claimed(), [
    { host: '203.0.113.9', families: ['f'], count: 50, capture: 'a.pcap', frame: 5 },
  ])
})

test('what a message says a third host does is no act of that host', () => {
  const third = { ip: '203.0.113.9', port: 1 }
  const share = {
    ...stamp(1, 5),
    type: 'share',
    by: third,
    content: 'urn:x:1',
    via: 'hit',
  } as const
  const hosts = judged([share])
  assert.deepEqual(hosts.verdicts(), [])
  assert.equal(hosts.claimed()[0]!.host, '203.0.113.9')
})

test('being named adds to a host that acts, also where it was named before', () => {
  const by = { ip: '203.0.113.5', port: 80 }
  const named: Event = {
    ...stamp(2, 5),
    type: 'claim',
    by,
    about: ENDS[1],
    ends: [ENDS[0], by],
    part: 'peer',
    carriers: 'tcp',
    via: 'tracker',
  }
  const verdicts = judged([named, flowOf(1, 'certain')]).verdicts()
  const other = verdicts.find(({ host }) => host === '198.51.100.2')!
  assert.equal(other.score, Math.round(together([40, 10])))
  assert.equal(
    other.reasons[1]!.text,
    'named by 1 other (tracker), first by 203.0.113.5:80 as peer',
  )
})

test('different kinds add, the same kind saturates', () => {
  const flows = Array.from({ length: 200 }, (_, i) => flowOf(i + 1, 'certain'))
  const many = judged(flows).verdicts()[0]!
  assert.equal(many.score, 80)
  assert.equal(many.flows, 200)
  const mixed = judged([
    flowOf(1, 'certain'),
    { ...stamp(1, 6), type: 'client', who: ENDS[0], software: 'Sharer', version: '1.2' },
    {
      ...stamp(1, 7),
      type: 'request',
      by: ENDS[0],
      of: ENDS[1],
      what: 'piece',
      content: 'urn:x:1',
    },
  ]).verdicts()
  const opener = mixed.find(({ host }) => host === '192.0.2.1')!
  assert.equal(opener.score, Math.round(together([40, 20, 20])))
  assert.ok(opener.score > mixed.find(({ host }) => host === '198.51.100.2')!.score)
  assert.deepEqual(opener.software, ['Sharer 1.2'])
  assert.deepEqual(
    opener.reasons.map(({ text, frame }) => [text, frame]),
    [
      ['speaks f (peer) in 1 flow: a handshake', 1],
      ['says it is Sharer 1.2 (f)', 6],
      ['asked for 1 content in 1 request (piece), first urn:x:1', 7],
    ],
  )
})

test('what neighbours do is held against nobody', () => {
  const hosts = new Hosts(8, new Set(['f']))
  const claim = { type: 'claim', by: ENDS[1], about: ENDS[0], part: 'peer' } as const
  hosts.consume(recognition(1, 4))
  hosts.consume({ ...stamp(1, 5), ...claim, carriers: 'tcp', via: 'pex' })
  const p2p = { family: 'f', part: 'peer', sureness: 'certain', reasons: [] } as const
  hosts.consume(flowOf(1, 'certain', { p2p: { ...p2p, neighbour: true } }))
  assert.deepEqual(hosts.verdicts(), [])
  assert.equal(hosts.claimedCount, 0)
})

test('what is asked for by name alone is told by its name', () => {
  const asked = { type: 'request', by: ENDS[0], of: ENDS[1], what: 'download' } as const
  const [verdict] = judged([
    flowOf(1, 'certain'),
    { ...stamp(1, 7), ...asked, name: 'blue danube.ogg' },
    { ...stamp(1, 8), ...asked, name: 'radetzky.ogg' },
  ]).verdicts()
  assert.ok(
    verdict!.reasons.some(
      ({ text }) =>
        text === 'asked for 2 contents in 2 requests (download), first “blue danube.ogg”',
    ),
    JSON.stringify(verdict!.reasons),
  )
})

test('a program spelt with the micro sign and with the Greek letter is one program', () => {
  const says = (frame: number, software: string) =>
    ({ ...stamp(1, frame), type: 'client', who: ENDS[0], software, version: '3.4.5' }) as const
  const verdicts = judged([
    says(6, '\u00b5Sharer'),
    says(7, '\u03bcSharer'),
    flowOf(1, 'certain'),
  ]).verdicts()
  assert.deepEqual(verdicts.find(({ host }) => host === '192.0.2.1')!.software, [
    '\u03bcSharer 3.4.5',
  ])
})

test('a program told with and without its version is one, with its version', () => {
  const says = (frame: number, software: string, version?: string) =>
    ({ ...stamp(1, frame), type: 'client', who: ENDS[0], software, version }) as Event
  const told = judged([
    flowOf(1, 'certain'),
    ...[says(2, 'aria2'), says(3, 'aria2', '1.36.0'), says(4, 'aria'), says(5, 'aria2 Next')],
  ]).verdicts()
  const { software, reasons } = told.find(({ host }) => host === '192.0.2.1')!
  assert.deepEqual(software, ['aria2 1.36.0', 'aria', 'aria2 Next'])
  const texts = reasons.map(({ text }) => text)
  assert.ok(texts.includes('says it is aria2 1.36.0, aria, aria2 Next (f)'), texts.join('\n'))
})

test('the reason told is that of the earliest frame, in whatever order flows end', () => {
  const first = [
    recognition(1, 4, { reasons: ['first'] }),
    recognition(2, 9, { reasons: ['second'] }),
  ]
  const p2p = (reason: string) => ({
    p2p: { family: 'f', part: 'peer', sureness: 'certain', reasons: [reason] } as const,
  })
  const flows = [flowOf(2, 'certain', p2p('second')), flowOf(1, 'certain', p2p('first'))]
  for (const order of [flows, flows.toReversed()]) {
    const [reason] = judged([...first, ...order]).verdicts()[0]!.reasons
    assert.equal(reason!.frame, 4)
    assert.equal(reason!.text, 'speaks f (peer) in 2 flows: first')
  }
})

test('asked for changes, only hosts are told of which something was seen since', () => {
  const hosts = judged([recognition(1, 4), flowOf(1, 'certain')])
  const names = () => hosts.changed().map(({ host }) => host)
  assert.deepEqual(names().sort(), ['192.0.2.1', '198.51.100.2'])
  assert.deepEqual(names(), [])
  const ends = [{ ip: '192.0.2.9', port: 1 }, ENDS[1]] as const
  hosts.consume(flowOf(2, 'likely', { ends, payloadBytes: [10, 0] }))
  assert.deepEqual(names(), ['192.0.2.9'])
  // Those that there was no room for come the next time.
  for (const flow of [recognition(3, 9), flowOf(3, 'certain')]) hosts.consume(flow)
  assert.deepEqual([hosts.changed(1).length, hosts.changed(1).length, hosts.changed(1)], [1, 1, []])
})

test('a flow that goes on counts once, from when it is first said to its end', () => {
  const { reason: _, ...account } = flowOf(1, 'likely')
  const early = { ...account, type: 'flow-update' as const, p2p: account.p2p! }
  const first = { ...early, bytes: [60, 0] as const, payloadBytes: [20, 0] as const }
  // The side that said nothing yet is no host yet.
  assert.deepEqual(
    judged([recognition(1, 4, { sureness: 'likely' }), first])
      .verdicts()
      .map(({ host, flows, bytes }) => [host, flows, ...bytes]),
    [['192.0.2.1', 1, 60, 0]],
  )
  const end = flowOf(1, 'certain')
  const whole = judged([recognition(1, 4), first, early, end])
  assert.deepEqual(whole.verdicts(), judged([recognition(1, 4), end]).verdicts())
  const taken = judged([recognition(1, 4), early, recognition(1, 9, { withdrawn: 'no' })])
  assert.deepEqual(taken.verdicts(), [])
})

test('sureness is that of the surest flow', () => {
  assert.equal(judged([flowOf(1, 'unsure')]).verdicts()[0]!.sureness, 'unsure')
  const likely = judged([flowOf(1, 'unsure'), flowOf(2, 'likely')]).verdicts()[0]!
  assert.equal(likely.sureness, 'likely')
  assert.equal(likely.score, Math.round(together([7.5, 25])))
})

test('a recognition that is taken back is no evidence, and weakens what stands', () => {
  const back = [recognition(1, 4, { sureness: 'unsure' }), recognition(1, 9, { withdrawn: 'no' })]
  assert.deepEqual(judged(back).verdicts(), [])
  const host = judged([...back, flowOf(2, 'certain')]).verdicts()[0]!
  assert.equal(host.score, Math.round(40 * trust(1, 1)))
  const against = host.reasons.at(-1)!
  assert.ok(against.weight < 0)
  assert.equal(against.frame, 4)
  assert.match(against.text, /^against it: what looked like f \(a handshake\) was taken back, no$/)
})

test('a server is called what it is, its visitors are not', () => {
  const p2p = { family: 'f', part: 'tracker', sureness: 'certain', reasons: ['announce'] } as const
  const verdicts = judged([flowOf(1, 'certain', { p2p })]).verdicts()
  const parts = Object.fromEntries(verdicts.map((verdict) => [verdict.host, verdict.parts]))
  assert.deepEqual(parts, { '192.0.2.1': undefined, '198.51.100.2': ['tracker'] })
})

test('whoever others were sent to is no host for answering them; who was sent is', () => {
  const sent = {
    ...stamp(1, 6),
    type: 'threat',
    threat: 'misdirected-connection',
    severity: 'high',
    by: ENDS[0],
    why: 'speaks to what answers in another protocol',
  } as const
  const hostsOf = (events: readonly Event[]) =>
    judged(events)
      .verdicts()
      .map(({ host }) => host)
  assert.deepEqual(hostsOf([recognition(1, 4), sent, flowOf(1, 'likely')]), ['192.0.2.1'])
  // What was counted before it was known is taken back.
  const { type: _, reason: __, ...flow } = flowOf(1, 'likely')
  const update = { ...flow, type: 'flow-update', p2p: flow.p2p! } as const
  const late = [recognition(1, 4), update, sent, update, flowOf(1, 'likely')]
  assert.deepEqual(hostsOf(late), ['192.0.2.1'])
  // Called, it may be the one that was sent; and in flows of its own it is judged like all.
  assert.deepEqual(hostsOf([{ ...sent, by: ENDS[1] }, flowOf(1, 'likely')]), ['198.51.100.2'])
  const own = [
    recognition(1, 4),
    sent,
    flowOf(1, 'likely'),
    recognition(2, 9),
    flowOf(2, 'certain'),
  ]
  assert.deepEqual(hostsOf(own).sort(), ['192.0.2.1', '198.51.100.2'])
})

test('transfers say how much went which way', () => {
  const moved = {
    ...stamp(1, 8),
    type: 'transfer',
    from: ENDS[1],
    to: ENDS[0],
    via: 'piece',
  } as const
  const verdicts = judged([{ ...moved, bytes: 1_234_567, name: 'a.iso' }]).verdicts()
  const text = (host: string) => verdicts.find((one) => one.host === host)!.reasons[0]!.text
  assert.equal(text('192.0.2.1'), 'received 1.2 MB of content “a.iso”')
  assert.equal(text('198.51.100.2'), 'sent 1.2 MB of content “a.iso”')
})

test('hosts are bounded: those least is known of are forgotten, and counted', () => {
  const hosts = new Hosts(8)
  const busy = { ip: '192.0.2.1', port: 1 }
  for (let i = 0; i < 200; i++) {
    const ends = [busy, { ip: `198.51.100.${i}`, port: 1 }] as const
    hosts.consume(flowOf(i, 'certain', { ends }))
    const about = { ip: `203.0.113.${i}`, port: 1 }
    const said = { part: 'peer', carriers: 'both', via: 'pex' } as const
    hosts.consume({ ...stamp(i, i), ends, type: 'claim', by: busy, about, ...said })
  }
  assert.equal(hosts.count, 8)
  assert.equal(hosts.verdicts()[0]!.host, busy.ip)
  assert.equal(hosts.verdicts()[0]!.flows, 200)
  assert.ok(hosts.claimedCount <= 8)
  assert.equal(hosts.forgotten, 201 - 8 + 200 - 8)
})

test('where very many were named, a host that is named after them has that as a reason too', () => {
  const hosts = new Hosts(8)
  const by = { ip: '192.0.2.1', port: 1 }
  const said = { type: 'claim', by, part: 'peer', carriers: 'both', via: 'pex' } as const
  for (let i = 0; i < 100; i++) {
    const ends = [by, { ip: '198.51.100.1', port: 1 }] as const
    hosts.consume({ ...stamp(i, i), ends, ...said, about: { ip: `203.0.113.${i}`, port: 1 } })
  }
  hosts.consume(flowOf(100, 'certain', { ends: [by, { ip: '203.0.113.99', port: 1 }] }))
  const reasons = hosts.verdicts().find(({ host }) => host === '203.0.113.99')!.reasons
  assert.ok(reasons.some(({ text }) => text.startsWith('named')))
})

test('only as many verdicts are put into words as are wanted, the worst first', () => {
  const hosts = judged([flowOf(1, 'certain'), flowOf(2, 'certain', { payloadBytes: [1, 0] })])
  assert.deepEqual(hosts.verdicts(1), hosts.verdicts().slice(0, 1))
  assert.equal(hosts.verdicts(1)[0]!.host, '192.0.2.1')
})

test('the README shows the weights that are used', () => {
  const readme = readFileSync(repositoryFile('src/services/detect/README.md'), 'utf8')
  const rows = [...readme.matchAll(/^\| ([a-z-]+) +\| (\d+) +\|/gm)]
  assert.deepEqual(
    Object.fromEntries(rows.map(([, kind, weight]) => [kind, Number(weight)])),
    WEIGHTS,
  )
})
