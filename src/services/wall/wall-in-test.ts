/** For tests: a wall that is fed by hand, and what it asked for. */
import type { Endpoint } from '../../core/address.ts'
import type { Claim, Decision, Flow, FlowVerdict, Recognition } from '../../core/event.ts'
import type { Standing } from '../../core/standing.ts'
import type { Cut, HostChange, Judgement, PacketFacts, Refused, Spoofed } from './judgement.ts'
import { wallSchema } from './schema.ts'
import { Wall, type WallParts } from './wall.ts'

export const HOST = { ip: '192.0.2.7', port: 40_000 }
export const NEIGHBOUR = { ip: '192.0.2.8', port: 40_000 }
export const PEER = { ip: '198.51.100.9', port: 6881 }
export const TRACKER = { ip: '198.51.100.1', port: 6969 }
/** Another peer, where a client of ours would call it. */
export const OTHER = { ip: '198.51.100.10', port: 51_413 }
export const START = 1_795_165_200_000_000
export const SECOND = 1_000_000

export const CERTAIN: FlowVerdict = {
  family: 'template',
  part: 'peer',
  sureness: 'certain',
  reasons: ['it spoke'],
}

export const PASS = { verdict: 'accept', mark: 1 }
/** Nobody could read it. */
export const PASS_UNREAD = { verdict: 'accept', mark: 9 }

export class Yard {
  readonly wall: Wall
  readonly decisions: Decision[] = []
  readonly cuts: Cut[] = []
  readonly refused: Refused[] = []
  readonly sent: Spoofed[] = []
  readonly changes: HostChange[] = []
  readonly limits: string[] = []

  constructor(config: object = {}, parts: Partial<WallParts> = {}) {
    const networks = [{ name: 'ours', cidrs: ['192.0.2.0/24'] }]
    this.wall = new Wall(
      { config: wallSchema.parse(config), networks, ...parts },
      {
        say: (decision) => this.decisions.push(decision),
        cut: (cut) => this.cuts.push(cut),
        refuse: (refused) => this.refused.push(...refused),
        send: (datagram) => this.sent.push(datagram),
        host: (change) => this.changes.push(change),
        limit: (name) => this.limits.push(name),
      },
    )
  }

  /** What is said so far, as `action by rule`. */
  get said(): string[] {
    return this.decisions.map(({ action, rule }) => `${action} by ${rule}`)
  }

  packet(flow: number, more: Partial<PacketFacts & Standing> = {}): Judgement {
    const { side = 0, isNew = false, state = 'undecided', p2p, fit, ...facts } = more
    const standing: Standing = {
      ...{ flow, side, isNew, state: p2p === undefined ? state : 'named' },
      ...(p2p !== undefined && { p2p }),
      ...(fit !== undefined && { fit }),
    }
    return this.wall.judge(standing, {
      ...{ ends: [HOST, PEER], carrier: 'tcp', payloadBytes: 100, micros: START },
      ...{ capture: 'queue', frame: flow, isSyn: false },
      ...facts,
    })
  }

  /** A tracker names an endpoint to a host. */
  names(about: Endpoint, micros = START, to: Endpoint = HOST): void {
    this.wall.consume(claim(about, micros, to))
  }
}

export function claim(about: Endpoint, micros = START, to: Endpoint = HOST): Claim {
  return {
    ...{ type: 'claim', by: TRACKER, about, part: 'peer', carriers: 'both', via: 'tracker' },
    ...{ content: 'urn:x:1', family: 'template', flow: 900, micros, ends: [to, TRACKER] },
    ...{ carrier: 'tcp', capture: 'queue', frame: 900 },
  }
}

export function recognition(flow: number, more: Partial<Recognition> = {}): Recognition {
  return {
    ...{ type: 'recognition', family: 'template', part: 'peer', sureness: 'likely' },
    ...{ reasons: ['it was named'], flow, micros: START, ends: [HOST, PEER], carrier: 'tcp' },
    ...{ capture: 'queue', frame: 1 },
    ...more,
  }
}

export function flowEnd(flow: number): Flow {
  return {
    ...{ type: 'flow', flow, micros: START, capture: 'queue', frame: 1, proto: 'TCP' },
    ...{ protoNumber: 6, ends: [HOST, PEER], startMicros: START, endMicros: START },
    ...{ packets: [1, 1], bytes: [40, 40], payloadBytes: [0, 0], fromStart: true },
    reason: 'closed',
  }
}
