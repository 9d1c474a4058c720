/**
 * A scenario: which peers live where, which files there are, who does what when, and what must
 * come of it. Written in YAML; docs/guide/lab.md explains every key.
 */
import { isScalar, LineCounter, parseDocument } from 'yaml'
import { z } from 'zod'
import { NAT_KINDS } from './nat.ts'

/** Peers of one group; RFC 1918's largest block has 16 million addresses. */
const PEERS_MAX = 1_000_000

const part = z.number().min(0).max(1)
const seconds = z.number().min(0)
const range = z.tuple([z.number().min(0), z.number().min(0)])

const group = z.strictObject({
  protocol: z.string(),
  role: z.string(),
  count: z.number().int().min(1).max(PEERS_MAX).default(1),
  /** First addresses of a network: `10.1.0.0/16`, or one address. */
  addresses: z.string(),
  port: z.number().int().min(0).max(0xffff).optional(),
  /** Each peer sits behind a box of this kind, which has the public address. */
  nat: z.enum([...NAT_KINDS] as [string, ...string[]]).optional(),
  /** Part of the peers nobody can connect to. */
  firewalled: part.default(0),
  /** Bug → part of the peers that have it. */
  bugs: z.record(z.string(), part).default({}),
  join: z
    .strictObject({
      group: z.string(),
      /** Of how many of that group each asks to be let in. */
      times: z.number().int().min(1).default(1),
      /** Between which seconds. */
      at: range.default([0, 1]),
    })
    .optional(),
  /** How many files of the catalogue each publishes, and between which seconds. */
  files: z.strictObject({ each: z.number().int().min(1), at: range.default([1, 5]) }).optional(),
})

const deed = z.strictObject({
  at: seconds,
  /** Again so often, in seconds, until the end. */
  every: z.number().positive().optional(),
  who: z.string(),
  /** How many of the group, by chance; all if neither is said. */
  count: z.number().int().min(1).optional(),
  part: part.optional(),
  do: z.enum(['search', 'fetch', 'publish', 'browse', 'join', 'leave', 'die', 'return']),
  /** search: the text; without it, words of a file of the catalogue. */
  text: z.string().optional(),
  /** search: how far it goes, in links, where the overlay counts them. */
  ttl: z.number().int().min(1).max(255).optional(),
  /** fetch, publish: the file. */
  name: z.string().optional(),
  /** fetch: by the content name it was published under, as a link on a page would tell it. */
  linked: z.boolean().default(false),
  /** browse, join: a group's name; its first peer is meant. */
  of: z.string().optional(),
  /** browse: its address is said, not its nick. */
  address: z.boolean().default(false),
})

const SAID = ['joined', 'published', 'found', 'searched', 'fetched', 'served', 'failed', 'left']

const expectation = z.strictObject({
  said: z.enum(SAID as [string, ...string[]]),
  by: z.string().optional(),
  name: z.string().optional(),
  /** fetched: only what was checked against its content name. */
  verified: z.boolean().optional(),
  /** found: only what came over so many links. */
  hops: z.number().int().min(1).optional(),
  least: z.number().int().min(0).optional(),
  most: z.number().int().min(0).optional(),
})

const success = z.strictObject({
  /** Part of the searches of the catalogue, between these seconds, that found what they meant. */
  between: range,
  least: part.default(0),
  most: part.default(1),
})

const schema = z.strictObject({
  title: z.string(),
  seed: z.number().int().default(1),
  seconds: z.number().positive(),
  network: z
    .strictObject({ 'delay-ms': range.default([20, 80]), loss: part.default(0) })
    .default({ 'delay-ms': [20, 80], loss: 0 }),
  groups: z.record(z.string(), group),
  files: z
    .strictObject({
      count: z.number().int().min(0).default(0),
      size: range.default([10_000, 100_000]),
      /** Exponent of Zipf's law: 0 all alike, 1 as measured in file sharing. */
      popularity: z.number().min(0).max(3).default(1),
      named: z.array(z.strictObject({ name: z.string(), size: z.number().int() })).default([]),
    })
    .default({ count: 0, size: [10_000, 100_000], popularity: 1, named: [] }),
  deeds: z.array(deed).default([]),
  expect: z.array(expectation).default([]),
  success: z.array(success).default([]),
})

export type Scenario = z.infer<typeof schema>
export type Group = z.infer<typeof group>
export type Deed = z.infer<typeof deed>

/** A scenario that cannot be played, with the place where it says so. */
export class ScenarioError extends Error {
  override readonly name = 'ScenarioError'
}

/**
 * @param file  its name, for messages
 * @throws ScenarioError
 */
export function parseScenario(text: string, file: string): Scenario {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines })
  const [broken] = document.errors
  if (broken !== undefined) {
    throw new ScenarioError(
      `${file}:${broken.linePos?.[0].line ?? 1}: ${withoutPlace(broken.message)}`,
    )
  }
  const checked = schema.safeParse(document.toJS())
  if (checked.success) return consistent(checked.data, file)
  const issue = checked.error.issues[0]!
  const path = issue.path.filter((each) => typeof each !== 'symbol')
  throw new ScenarioError(
    `${file}:${lineOf(path)}: ${path.join('.') || 'the file'}: ${issue.message}`,
  )

  function lineOf(keys: readonly (string | number)[]): number {
    for (let depth = keys.length; depth > 0; depth--) {
      const node = document.getIn(keys.slice(0, depth), true)
      const at = isScalar(node) || hasRange(node) ? node.range?.[0] : undefined
      if (at !== undefined) return lines.linePos(at).line
    }
    return 1
  }
}

function hasRange(node: unknown): node is { range?: [number, number, number] } {
  return typeof node === 'object' && node !== null && 'range' in node
}

/** The parser says the place once more, behind. */
function withoutPlace(text: string): string {
  return text.replace(/ at line \d+, column \d+:.*$/s, '')
}

/** Names that are used must be there. */
function consistent(scenario: Scenario, file: string): Scenario {
  const named = (name: string | undefined, where: string): void => {
    if (name === undefined || scenario.groups[name] !== undefined) return
    throw new ScenarioError(`${file}: ${where} names a group "${name}" that is not there`)
  }
  const filed = (name: string, where: string): void => {
    if (scenario.files.named.some((each) => each.name === name)) return
    throw new ScenarioError(`${file}: ${where}: "${name}" is none of files.named`)
  }
  for (const [name, { join }] of Object.entries(scenario.groups)) {
    named(join?.group, `groups.${name}.join`)
  }
  for (const [i, { do: what, who, of, name }] of scenario.deeds.entries()) {
    named(who, `deeds.${i}.who`)
    named(of, `deeds.${i}.of`)
    if ((what === 'join' || what === 'browse') && of === undefined) {
      throw new ScenarioError(`${file}: deeds.${i}: ${what} needs \`of\`, a group`)
    }
    if (what === 'publish' && name !== undefined) filed(name, `deeds.${i}.name`)
  }
  for (const [i, { by }] of scenario.expect.entries()) named(by, `expect.${i}.by`)
  return scenario
}
