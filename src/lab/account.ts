/** What the peers of an experiment said, counted; and whether that is what was expected. */
import type { PeerSaid } from '../core/peer.ts'
import type { Scenario } from './scenario.ts'

/** A search of the catalogue: it meant one file. */
interface Quest {
  readonly seconds: number
  readonly name: string
  hits: number
  found: boolean
}

type Expected = Scenario['expect'][number]

export interface Outcome {
  readonly what: string
  readonly figure: number
  readonly holds: boolean
}

export class Account {
  /** group → what was said → how often */
  readonly said = new Map<string, Map<string, number>>()
  /** Why orders failed → how often. */
  readonly failures = new Map<string, number>()
  readonly #quests: Quest[] = []
  /** Open searches by peer and text. */
  readonly #open = new Map<string, Quest>()
  readonly #expected: { readonly by: Expected; count: number }[]
  readonly #scenario: Scenario

  constructor(scenario: Scenario) {
    this.#scenario = scenario
    this.#expected = scenario.expect.map((by) => ({ by, count: 0 }))
  }

  /** Somebody is told to search for words of a file. */
  quest(peer: number, text: string, name: string, seconds: number): void {
    const quest = { seconds, name, hits: 0, found: false }
    this.#quests.push(quest)
    this.#open.set(`${peer} ${text}`, quest)
  }

  /** @returns the file's name, where a search of the catalogue just found what it meant */
  hear(group: string, peer: number, said: PeerSaid): string | undefined {
    const counts = this.said.get(group) ?? new Map<string, number>()
    this.said.set(group, counts)
    bump(counts, said.type)
    if (said.type === 'failed') bump(this.failures, `${said.order}: ${said.why}`)
    for (const expected of this.#expected) if (agrees(expected.by, group, said)) expected.count++
    if (said.type !== 'found') return undefined
    const quest = this.#open.get(`${peer} ${said.text}`)
    if (quest === undefined) return undefined
    quest.hits++
    if (said.name !== quest.name) return undefined
    quest.found = true
    return quest.name
  }

  /** Searches of the catalogue between two seconds, and how many found what they meant. */
  quests(from: number, to: number): { asked: number; found: number; hits: number } {
    const asked = this.#quests.filter(({ seconds }) => seconds >= from && seconds < to)
    const found = asked.filter((quest) => quest.found).length
    return { asked: asked.length, found, hits: asked.reduce((sum, { hits }) => sum + hits, 0) }
  }

  /** What was expected, and whether it came so. */
  outcomes(): Outcome[] {
    const said = this.#expected.map(({ by, count }) => {
      const { least = 0, most = Number.POSITIVE_INFINITY } = by
      return { what: inWords(by), figure: count, holds: count >= least && count <= most }
    })
    const success = this.#scenario.success.map(({ between: [from, to], least, most }) => {
      const { asked, found } = this.quests(from, to)
      const rate = asked === 0 ? 0 : found / asked
      const what = `part of the searches from ${from} to ${to} s that found their file (${least} to ${most})`
      return { what, figure: rate, holds: asked > 0 && rate >= least && rate <= most }
    })
    return [...said, ...success]
  }
}

function agrees(expected: Expected, group: string, said: PeerSaid): boolean {
  if (expected.said !== said.type) return false
  if (expected.by !== undefined && expected.by !== group) return false
  if (expected.name !== undefined && (!('name' in said) || said.name !== expected.name))
    return false
  if (expected.hops !== undefined && (!('hops' in said) || said.hops !== expected.hops))
    return false
  return (
    expected.verified === undefined || !('verified' in said) || said.verified === expected.verified
  )
}

function inWords({ said, by, name, verified, hops, least, most }: Expected): string {
  const who = by === undefined ? '' : ` by ${by}`
  const what = name === undefined ? '' : ` "${name}"`
  const how = verified === undefined ? '' : verified ? ', verified' : ', not verified'
  const far = hops === undefined ? '' : ` over ${hops} link${hops === 1 ? '' : 's'}`
  const bounds = [
    least === undefined ? '' : `at least ${least}`,
    most === undefined ? '' : `at most ${most}`,
  ]
  return `${said}${what}${who}${how}${far} (${bounds.filter((each) => each !== '').join(', ')})`
}

function bump(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}
