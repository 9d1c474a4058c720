/** What all parts of one small peer share: who it is, where it lives, its clock, its lies. */
import type { Endpoint } from '../../core/address.ts'
import { hex } from '../../core/bytes.ts'
import { NEVER } from '../../core/ordered-peer.ts'
import type { PeerSettings, Site } from '../../core/peer.ts'

// biome-ignore format: a table
export const ROLES = [
  'servent',     // 0.4: floods
  'ultrapeer',   // 0.6: serves leaves, asks other ultrapeers
  'leaf',        // 0.6: behind ultrapeers
] as const

export type Role = (typeof ROLES)[number]

// biome-ignore format: a table
export const BUGS = [
  'reversed-pong-address',   // the four bytes of its address in the order of its processor
  'big-endian-port',         // the two bytes of its port the other way round
  'zero-port',               // tells port 0 of itself
  'answers-everything',      // a worm: has whatever is asked for, with `.exe` behind
] as const

export type Bug = (typeof BUGS)[number]

/** Addresses kept to come back to, or to name to others. */
const HOSTS_MAX = { servent: 32, ultrapeer: 48, leaf: 12 } as const

export class Node {
  readonly settings: PeerSettings
  readonly role: Role
  site!: Site
  /** The servent's own GUID. */
  guid!: Uint8Array
  /** Where others listen, as they or their neighbours said; the latest last. */
  readonly hosts: Endpoint[] = []
  #due = NEVER

  constructor(settings: PeerSettings) {
    this.settings = settings
    this.role = settings.role as Role
  }

  start(site: Site): void {
    this.site = site
    this.guid = this.newGuid()
    if (this.settings.port !== 0) site.listen('tcp', this.settings.port)
  }

  has(bug: Bug): boolean {
    return this.settings.bugs.includes(bug)
  }

  /** What it tells the world of where it listens. */
  get told(): Endpoint {
    const { port } = this.settings
    if (this.has('zero-port')) return { ip: this.site.ip, port: 0 }
    if (this.has('big-endian-port')) return { ip: this.site.ip, port: swapped(port) }
    return { ip: this.site.ip, port }
  }

  /** The same, as its pongs say it. */
  get toldInPongs(): Endpoint {
    const { ip, port } = this.told
    if (!this.has('reversed-pong-address')) return { ip, port }
    return { ip: ip.split('.').reverse().join('.'), port }
  }

  get canBeCalled(): boolean {
    return !this.settings.isFirewalled && this.settings.port !== 0
  }

  /** As servents after 0.4 make them: byte 8 is ff, byte 15 zero. */
  newGuid(): Uint8Array {
    const guid = new Uint8Array(16)
    for (let i = 0; i < 16; i++) guid[i] = this.site.chance(256)
    guid[8] = 0xff
    guid[15] = 0
    return guid
  }

  /** Remember where somebody listens. What cannot be called is not remembered. */
  know(at: Endpoint): void {
    if (at.port === 0 || at.ip.includes(':')) return
    if (at.ip === this.site.ip && at.port === this.settings.port) return
    if (this.hosts.some(({ ip, port }) => ip === at.ip && port === at.port)) return
    if (this.hosts.length >= HOSTS_MAX[this.role]) this.hosts.shift()
    this.hosts.push({ ip: at.ip, port: at.port })
  }

  forget(at: Endpoint): void {
    const index = this.hosts.findIndex(({ ip, port }) => ip === at.ip && port === at.port)
    if (index >= 0) this.hosts.splice(index, 1)
  }

  /** Wake me then, or before. */
  alarm(micros: number): void {
    if (micros >= this.#due) return
    this.#due = micros
    this.site.wakeAt(micros)
  }

  /** The alarm came. */
  woken(): void {
    this.#due = NEVER
  }

  get shownGuid(): string {
    return hex(this.guid).toUpperCase()
  }
}

function swapped(port: number): number {
  return (port % 256) * 256 + Math.floor(port / 256)
}
