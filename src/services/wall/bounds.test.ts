/** What strangers can make grow is bounded, and whatever comes in whatever order gets a sound verdict. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { limits } from '../../core/limits.ts'
import { trim } from '../../core/oldest.ts'
import { randomFrom } from '../../core/random.ts'
import { Names } from './dns/names.ts'
import { Hosts } from './hosts.ts'
import { Learned, type NamedEndpoint } from './learned.ts'
import { CERTAIN, claim, flowEnd, PEER, recognition, SECOND, START, Yard } from './wall-in-test.ts'
import { AddressWindow, Window } from './window.ts'

function named(index: number, micros = START): NamedEndpoint {
  const endpoint = {
    ip: `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`,
    port: 1024 + (index % 60_000),
  }
  const taughtBy = { capture: 'c', frame: 1, via: 'pex', by: PEER, endpoint, micros }
  return { endpoint, carriers: 'tcp', family: 'template', part: 'peer', taughtBy }
}

test('one host remembers so many endpoints, those named last', () => {
  const learned = new Learned()
  const most = limits.wallNamedPerHostMax
  for (let i = 0; i < most; i++) learned.add(named(i))
  // Named again, it is the youngest; named for another carrier, it is refused on both.
  learned.add({ ...named(0), carriers: 'udp' })
  assert.equal(learned.size, most)
  learned.add(named(most))
  // A sixteenth of the bound is forgotten at once: 1 to 512 of 8,192.
  assert.equal(learned.size, most + 1 - 512)
  assert.equal(learned.find(named(512).endpoint, 'tcp', 0), undefined)
  assert.equal(learned.findAddress(named(512).endpoint.ip, 0), undefined)
  assert.ok(learned.find(named(513).endpoint, 'tcp', 0))
  assert.ok(learned.findAddress(named(513).endpoint.ip, 0))
  assert.ok(learned.find(named(0).endpoint, 'tcp', 0))
  assert.ok(learned.find(named(0).endpoint, 'udp', 0))
  assert.equal(learned.find(named(513).endpoint, 'udp', 0), undefined)
})

test('all hosts together remember so many, and those longest not met forget', () => {
  const said: string[] = []
  const hosts = new Hosts((name) => said.push(name))
  for (let i = 0; i <= limits.wallHostsMax; i++) hosts.meet(String(i))
  assert.equal(hosts.size, limits.wallHostsMax + 1 - 4096)
  assert.equal(hosts.peek('4095'), undefined)
  assert.ok(hosts.peek('4096'))
  assert.deepEqual(said, ['wallHostsMax'])
})

test('what was named to all hosts together is bounded as well', () => {
  const said: string[] = []
  const hosts = new Hosts((name) => said.push(name))
  const perHost = limits.wallNamedPerHostMax
  const one = Array.from({ length: perHost }, (_, i) => named(i))
  const full = limits.wallNamedMax / perHost
  for (let host = 0; host < full; host++) {
    for (const each of one) hosts.learn(String(host), each)
  }
  assert.deepEqual(said, [])
  hosts.learn('one more', one[0]!)
  assert.deepEqual(said, ['wallNamedMax'])
  // A sixteenth of 32 hosts, and one for the one more.
  assert.equal(hosts.peek('2')?.learned.size, 0)
  assert.equal(hosts.peek('3')?.learned.size, perHost)
  assert.equal(hosts.peek('one more')?.learned.size, 1)
})

test('windows keep no more than they count, and forget what is old', () => {
  const window = new Window({ count: 3, seconds: 10 })
  for (let i = 0; i < 1000; i++) window.add(START + i)
  assert.equal(window.isFull(START + 1000), true)
  assert.equal(window.isFull(START + 11 * SECOND), false)
  const addresses = new AddressWindow({ count: 2, seconds: 10 })
  assert.equal(addresses.add('a', START), true)
  assert.equal(addresses.add('b', START + 5 * SECOND), true)
  assert.equal(addresses.add('c', START + 6 * SECOND), false)
  assert.equal(addresses.add('a', START + 7 * SECOND), true)
  // b is 10 seconds old then; a was met since.
  assert.equal(addresses.add('c', START + 15 * SECOND), true)
  assert.equal(addresses.add('d', START + 16 * SECOND), false)
})

test('the oldest sixteenth goes at once, and only where there is one too many', () => {
  const map = new Map(Array.from({ length: 33 }, (_, i) => [i, `v${i}`]))
  const gone: string[] = []
  assert.equal(
    trim(map, 33, (value) => gone.push(value)),
    false,
  )
  assert.equal(
    trim(map, 32, (value) => gone.push(value)),
    true,
  )
  assert.deepEqual(gone, ['v0', 'v1'])
  assert.equal(map.size, 31)
})

test('whatever comes in whatever order: a drop is marked to block or asks again, the rest passes', () => {
  const random = randomFrom(20)
  const below = (count: number) => Math.floor((random() / 2 ** 32) * count)
  const pick = <T>(list: readonly T[]): T => list[below(list.length)]!
  const ips = ['192.0.2.7', '192.0.2.8', '198.51.100.9', '203.0.113.1', '2001:db8::1', '']
  const end = () => ({ ip: pick(ips), port: pick([0, 53, 80, 443, 6881, 65_535]) })
  const sureness = ['certain', 'likely', 'unsure'] as const
  const decoys = new Map([
    ['template', { answer: (asked: Uint8Array) => asked, probe: (asked: Uint8Array) => asked }],
  ])
  const rules = [
    { who: ['192.0.2.8'], do: 'throttle 1MB/s' },
    { what: { part: ['tracker'] }, do: 'learn' },
    { what: { kind: ['video'] }, do: 'block drop' },
    { what: { sureness: 'certain' }, do: 'block for 10s after 3 in 1m' },
    { when: { hours: ['00:00-12:00'] }, do: 'permit' },
  ]
  const config = { rules, limits: { flows: '50 in 10s', peers: '5 in 10s' } }
  const yard = new Yard(config, { decoys, names: new Names(['example']) })
  let micros = START
  const verdicts = new Set<string>()
  for (let i = 0; i < 20_000; i++) {
    // Now and then the clock is set.
    micros += below(200) === 0 ? below(7200 * SECOND) - 3600 * SECOND : below(SECOND)
    const p2p = { ...CERTAIN, part: pick(['peer', 'tracker']), sureness: pick(sureness) }
    const stamp = recognition(below(300), {
      micros,
      ends: [end(), end()],
      sureness: pick(sureness),
    })
    const carrier = pick(['tcp', 'udp'] as const)
    switch (below(9)) {
      case 8: {
        const what = yard.wall.nextReview(micros) ?? 'unread'
        const mark = pick([0, 1, 2, 4, 9])
        yard.wall.review({ ends: [end(), end()], carrier, mark }, what, micros)
        if (below(4) === 0) yard.wall.consume({ ...flowEnd(below(300)), reason: 'timeout' })
        break
      }
      case 0:
        yard.wall.consume({ ...claim(end(), micros), by: end(), ends: [end(), end()] })
        break
      case 1:
        yard.wall.consume(below(3) === 0 ? { ...stamp, withdrawn: 'no' } : stamp)
        break
      case 2:
        yard.wall.consume({
          ...stamp,
          type: 'share',
          by: end(),
          content: 'c',
          via: 'x',
          name: pick(['a.mkv', 'b', 'c.mp3']),
        })
        break
      case 3:
        yard.wall.tick(micros)
        break
      default: {
        const { verdict, mark, reset, decoy } = yard.packet(below(300), {
          ...{ side: pick([0, 1] as const), carrier, ends: [end(), end()], micros },
          ...{
            isNew: below(2) === 0,
            isSyn: below(2) === 0,
            payload: Uint8Array.from([below(256), 1]),
          },
          ...(below(3) === 0 ? { p2p } : { state: pick(['undecided', 'nothing'] as const) }),
          ...(below(3) === 0 && { fit: 'like noise' }),
        })
        assert.ok(verdict === 'drop' ? mark === 0 || mark === 4 : [0, 1, 2, 9].includes(mark))
        if (reset !== undefined || decoy !== undefined) assert.equal(verdict, 'drop')
        verdicts.add(`${verdict} ${mark}`)
      }
    }
  }
  const accepts = ['accept 0', 'accept 1', 'accept 2', 'accept 9']
  assert.deepEqual([...verdicts].sort(), [...accepts, 'drop 0', 'drop 4'])
})
