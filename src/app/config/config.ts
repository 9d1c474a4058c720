/**
 * `peerscope.yaml`: what is watched, what is kept, who may look; and what `--set` and the environment
 * say instead of it. Every slip is told with its place and its key. docs/guide/config.md explains
 * every key.
 */
import { existsSync, readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { type Document, isNode, LineCounter, parseDocument } from 'yaml'
import { z } from 'zod'
import { limits } from '../../core/limits.ts'
import { protocols } from '../../protocols/index.ts'
import { policyFaults } from '../../services/wall/policy.ts'
import { wallSchema } from '../../services/wall/schema.ts'
import {
  isNetwork,
  placeOf,
  SIZE_PATTERN,
  SPAN_PATTERN,
  secondsOf,
  sizeOf,
} from './config-values.ts'
import { fromEnvironment, type Override, parseSet, put } from './overrides.ts'

/** What is read where nothing else is said. */
const CONFIG_FILE = '/etc/peerscope/peerscope.yaml'

const LOG_LEVELS = ['silent', 'error', 'warn', 'info', 'debug'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** What is thought of P2P in a network. */
const POLICIES = ['allow', 'watch', 'forbid'] as const

const WORKERS_MAX = 64
const MEBIBYTE = 1_048_576

const SIZE_WORDS = 'is not a size such as 500MB or 2GB'
const SPAN_WORDS = 'is not a span of time such as 12h or 30d'
const LISTEN_WORDS = 'is not a port, nor HOST:PORT'

const size = z
  .string(SIZE_WORDS)
  .regex(SIZE_PATTERN, { error: SIZE_WORDS, abort: true })
  .refine((text) => sizeOf(text)! > 0, 'is nothing')
const span = z
  .string(SPAN_WORDS)
  .regex(SPAN_PATTERN, { error: SPAN_WORDS, abort: true })
  .refine((text) => secondsOf(text)! > 0, 'is nothing')
const NETWORK_WORDS = 'is not a network such as 10.0.0.0/8'
const network = z.string(NETWORK_WORDS).refine(isNetwork, NETWORK_WORDS)
/** A port alone is a number to YAML. */
const listen = z
  .union([z.string(), z.int()], LISTEN_WORDS)
  .transform(String)
  .refine((text) => placeOf(text) !== undefined, LISTEN_WORDS)

const schema = z.strictObject({
  interfaces: z.array(z.string().min(1)).describe('interfaces that are watched').optional(),
  filter: z.string().describe('BPF expression: only these packets').optional(),
  workers: z
    .int()
    .min(1)
    .max(WORKERS_MAX)
    .describe('threads that share the packets of an interface')
    .optional(),
  ring: z
    .int()
    .min(2)
    .max(limits.ringBytesMax / MEBIBYTE)
    .describe('memory of a ring, in MiB')
    .optional(),
  networks: z
    .array(
      z.strictObject({
        name: z.string().min(1).max(100),
        cidrs: z.array(network).min(1).describe('10.0.0.0/8, 2001:db8::/32'),
        policy: z.enum(POLICIES).default('watch').describe('what is thought of P2P there'),
      }),
    )
    .default([])
    .describe('networks of ours'),
  hosts: z
    .record(z.string(), z.string().min(1).max(100))
    .refine((hosts) => Object.keys(hosts).every((ip) => isIP(ip) !== 0), 'a key is no address')
    .default({})
    .describe('address → name'),
  dark: z
    .array(network)
    .min(1)
    .describe('networks of ours in which nobody is: who calls there was misled, or scans')
    .optional(),
  store: z
    .strictObject({
      path: z.string().min(1).describe('the file').optional(),
      keep: span.describe('what is older is deleted').optional(),
      hours: z
        .string()
        .min(1)
        .describe('folder for a Parquet file of each hour, for other programs')
        .optional(),
      size: size.describe('the oldest is deleted where the file is larger').optional(),
    })
    .default({})
    .describe('where what was seen is kept'),
  'keep-packets': size.describe('packets kept as evidence beside the store').optional(),
  listen: listen.default('127.0.0.1:8686').describe('where the page is'),
  names: z
    .array(z.string().min(1))
    .default([])
    .describe('names the page is reached by, behind a proxy'),
  'token-file': z.string().min(1).describe('file that holds the token of the page').optional(),
  uploads: z
    .strictObject({
      file: size.default('2GB').describe('the largest capture that is taken'),
      total: size.default('8GB').describe('all captures that were taken'),
    })
    .default({ file: '2GB', total: '8GB' })
    .describe('captures given through the page'),
  log: z.enum(LOG_LEVELS).default('info').describe('what is logged'),
  wall: wallSchema.prefault({}).describe('what passes through peerscope wall'),
})

export type Config = z.infer<typeof schema>

const FAMILIES = protocols.map(({ name }) => name)

/** A configuration that cannot be used, with the place where it says so. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly faults: readonly ConfigFault[]
  /** Each with its place. */
  readonly texts: readonly string[]

  /** @param faults  one at least; the first is the message */
  constructor(file: string, faults: readonly ConfigFault[]) {
    const texts = faults.map(({ line, from, says }) => `${from ?? `${file}:${line}`}: ${says}`)
    super(texts[0])
    this.faults = faults
    this.texts = texts
  }
}

export interface ConfigFault {
  readonly line: number
  /** Where it was said, if not in the file: `--set log`, `PEERSCOPE_LOG`. */
  readonly from?: string
  readonly says: string
}

/** What the command line says of the configuration. */
export interface ConfigFlags {
  readonly config?: string
  /** `KEY=VALUE` */
  readonly set?: readonly string[]
}

type Path = readonly (string | number)[]

/** A configuration, and where each of its values was said. */
export interface KnownConfig {
  readonly config: Config
  /** `peerscope.yaml:3`, `PEERSCOPE_LOG`, `--set log`, `default` */
  readonly originOf: (path: Path) => string
}

/** What holds where there is no file. */
export function defaults(): Config {
  return schema.parse({})
}

export function configSchema(): object {
  return z.toJSONSchema(schema, { io: 'input' })
}

/**
 * The file, else the one in /etc where there is one; before it goes the environment, before that
 * `--set`.
 * @throws ConfigError, OverrideError
 */
export function readConfig(flags: ConfigFlags): Config {
  return readWithOrigins(flags).config
}

/** @throws ConfigError, OverrideError */
export function readWithOrigins({ config, set = [] }: ConfigFlags): KnownConfig {
  const path = config ?? (existsSync(CONFIG_FILE) ? CONFIG_FILE : undefined)
  const known = configSchema()
  const overrides = [
    ...fromEnvironment(known, process.env),
    ...set.map((text) => parseSet(known, text)),
  ]
  const text = path === undefined ? '' : readFileSync(path, 'utf8')
  return new Reading(text, path ?? CONFIG_FILE, overrides)
}

/**
 * @param file  its name, for messages
 * @throws ConfigError
 */
export function parseConfig(
  text: string,
  file: string,
  overrides: readonly Override[] = [],
): Config {
  return new Reading(text, file, overrides).config
}

class Reading implements KnownConfig {
  readonly config: Config
  readonly #file: string
  readonly #lines = new LineCounter()
  readonly #document: Document
  readonly #said: unknown
  readonly #overrides: readonly Override[]

  constructor(text: string, file: string, overrides: readonly Override[]) {
    this.#file = file
    this.#overrides = overrides
    this.#document = parseDocument(text, { lineCounter: this.#lines })
    const [broken] = this.#document.errors
    if (broken !== undefined) {
      const line = broken.linePos?.[0].line ?? 1
      // The parser says the place once more, behind.
      const says = broken.message.replace(/ at line \d+, column \d+:.*$/s, '')
      throw new ConfigError(file, [{ line, says }])
    }
    this.#said = plainOf(this.#document, file) ?? {}
    const checked = schema.safeParse(put(this.#said, overrides))
    if (!checked.success) {
      const faults = checked.error.issues.flatMap((issue) => this.#slipsOf(issue))
      throw new ConfigError(
        file,
        faults.toSorted((a, b) => a.line - b.line),
      )
    }
    this.config = checked.data
    const faults = policyFaults(checked.data.wall, checked.data.networks, FAMILIES)
    if (faults.length === 0) return
    throw new ConfigError(
      file,
      faults.map(({ path, says }) => this.#slip(['wall', ...path], says)),
    )
  }

  readonly originOf = (path: Path): string => {
    const from = this.#overrideOf(path)?.from
    if (from !== undefined) return from
    return isSaid(this.#said, path) ? `${this.#file}:${this.#lineOf(path)}` : 'default'
  }

  #slipsOf(issue: z.core.$ZodIssue): ConfigFault[] {
    const path = issue.path.filter((each) => typeof each !== 'symbol')
    if (issue.code !== 'unrecognized_keys') return [this.#slip(path, inWords(issue))]
    return issue.keys.map((key) => this.#slip([...path, key], 'is no key of the configuration'))
  }

  #slip(path: Path, what: string): ConfigFault {
    const from = this.#overrideOf(path)?.from
    return {
      line: this.#lineOf(path),
      ...(from !== undefined && { from }),
      says: `${path.join('.') || 'the file'}: ${what}`,
    }
  }

  /** The last that says this value, or what it is a part of. */
  #overrideOf(path: Path): Override | undefined {
    return this.#overrides.findLast((one) => one.path.every((key, i) => key === path[i]))
  }

  #lineOf(path: Path): number {
    for (let depth = path.length; depth > 0; depth--) {
      const node = this.#document.getIn(path.slice(0, depth), true)
      if (isNode(node) && node.range) return this.#lines.linePos(node.range[0]).line
    }
    return 1
  }
}

/** What YAML calls a value, and how such a one is written. */
const KINDS: Readonly<Record<string, string>> = {
  array: 'is not a list, such as [a, b]',
  object: 'is not a map of keys and values',
  record: 'is not a map of keys and values',
  string: 'is not a text',
  number: 'is not a number',
  int: 'is not a whole number',
  boolean: 'is neither true nor false',
}

/** What the library says by itself, in the words of the other slips. */
function inWords(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return /^Invalid input/.test(issue.message)
        ? issue.message.endsWith('received undefined')
          ? 'is missing'
          : (KINDS[issue.expected] ?? issue.message)
        : issue.message
    case 'invalid_value':
      return `is none of ${issue.values.join(', ')}`
    case 'too_small':
      return issue.origin === 'string' || issue.origin === 'array'
        ? 'is empty'
        : `is less than ${issue.minimum}`
    case 'too_big':
      return issue.origin === 'string'
        ? `is longer than ${issue.maximum} characters`
        : `is more than ${issue.maximum}`
    default:
      return issue.message
  }
}

function isSaid(value: unknown, path: Path): boolean {
  const [key, ...rest] = path
  if (key === undefined) return value !== undefined
  const map = value as Readonly<Record<string | number, unknown>> | null
  return (
    typeof map === 'object' && map !== null && Object.hasOwn(map, key) && isSaid(map[key], rest)
  )
}

/** Aliases of YAML may lead nowhere, or to more than any configuration holds. */
function plainOf(document: Document, file: string): unknown {
  try {
    return document.toJS()
  } catch (error) {
    throw new ConfigError(file, [{ line: 1, says: (error as Error).message }])
  }
}
