/** A wall in the made network: what it holds, refuses and decided. */
import type { WallPreview, WallState } from './api.ts'
import type { WallPart } from './parts.ts'
import { START, XSS } from './store-in-test.ts'

const SECOND = 1_000_000

export const WALL: WallState = {
  running: true,
  engine: 'nft',
  mode: 'permit',
  fail: 'open',
  queue: 0,
  micros: START + 100 * SECOND,
  rules: [
    {
      ...{ index: 1, name: 'nights', text: 'staff · all P2P · 22:00-06:00' },
      ...{ action: 'throttle 1MB/s', hits: 0 },
    },
    {
      ...{ index: 2, name: XSS, text: 'every host · all P2P · at least likely' },
      ...{ action: 'block reset for 10m', hits: 1234, lastMicros: START + 90 * SECOND },
    },
  ],
  others: [{ name: 'named to a caught host', hits: 3, lastMicros: START + 95 * SECOND }],
  held: [
    {
      ...{ host: '10.0.0.1', rule: XSS, named: 2 },
      ...{ sinceMicros: START + 90 * SECOND, untilMicros: START + 165 * SECOND },
    },
  ],
  refused: {
    total: 120,
    some: [
      {
        ...{ host: '10.0.0.1', endpoint: { ip: '198.51.100.9', port: 6881 }, carriers: 'both' },
        ...{ untilMicros: START + 3700 * SECOND, by: { ip: '198.51.100.1', port: 80 } },
        via: 'tracker',
      },
      {
        ...{ host: '10.0.0.1', endpoint: { ip: '2001:db8::9', port: 4662 }, carriers: 'tcp' },
        ...{ untilMicros: START + 3600 * SECOND, by: { ip: '10.0.0.1', port: 4662 }, via: 'flow' },
      },
    ],
  },
  lists: [
    {
      ...{ name: 'level1', ranges: 231_000, addresses: 790_000_000, hits: 7 },
      expiresMicros: START + 86_400 * SECOND,
    },
  ],
  names: [{ name: 'tracker.example', hits: 4 }],
  decisions: [
    {
      ...{ micros: START + 95 * SECOND, carrier: 'tcp', action: 'refuse', how: 'reset' },
      ends: [
        { ip: '10.0.0.1', port: 50_001 },
        { ip: '198.51.100.9', port: 6881 },
      ],
      ...{ rule: 'named to a caught host', host: '10.0.0.1', family: 'bittorrent', flow: '1.1' },
      why: ['198.51.100.9 was named by 198.51.100.1 via tracker', XSS],
    },
    {
      ...{ micros: START + 90 * SECOND, carrier: 'udp', action: 'throttle', flow: '1.2' },
      ends: [
        { ip: '198.51.100.7', port: 4672 },
        { ip: '10.0.0.2', port: 4672 },
      ],
      ...{ rule: 'nights', host: '10.0.0.2', family: 'edonkey', sureness: 'likely', why: [] },
    },
  ],
  counters: {
    ...{ packets: 4321, bytes: 612_345, accepted: 4244, dropped: 77, resets: 12, decoys: 0 },
    ...{ cuts: 1, late: 0, unsaid: 0, waiting: 0, queueDropped: 5, socketDropped: 0 },
  },
  limits: { wallNamedMax: 2 },
  kernelRules:
    'table inet peerscope {\n  chain forward {\n    ct mark & 0x07 == 0x04 drop\n  }\n}\n',
}

const PREVIEW: WallPreview = {
  faults: [],
  rules: [
    { change: 'same', name: 'nights', text: 'staff · all P2P', action: 'throttle 1MB/s' },
    { change: 'gone', name: 'the rest', text: 'every host · all P2P', action: 'block reset' },
    { change: 'new', name: 'films', text: 'every host · files: video', action: 'block drop' },
  ],
  kernel: [
    { change: 'same', text: 'table inet peerscope {' },
    { change: 'gone', text: '  limit rate 64 kbytes/second' },
    { change: 'new', text: '  limit rate 1 mbytes/second' },
    { change: 'same', text: '}' },
  ],
}

/** Policies with `slip` in them have one; others change something. */
export const WALL_PART: WallPart = {
  state: () => WALL,
  preview: (policy) =>
    policy.includes('slip')
      ? { faults: [{ line: 3, says: `wall.mode: ${XSS}` }], rules: [], kernel: [] }
      : PREVIEW,
}
