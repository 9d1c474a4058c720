/**
 * Values of the configuration that are not said in its file: `--set store.keep=30d`,
 * `PEERSCOPE_STORE_KEEP=30d`. Which there are, and of what kind, its JSON Schema says.
 */
import { parse } from 'yaml'

export interface Override {
  readonly path: readonly string[]
  readonly value: unknown
  /** Who said it, for people. */
  readonly from: string
}

/** No such key, or a value that is no YAML. */
class OverrideError extends Error {
  override readonly name = 'OverrideError'
}

interface Schema {
  readonly type?: string
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly Schema[]
  readonly properties?: Readonly<Record<string, Schema>>
}

/** `a.b=c`. Where not a text is wanted, the value is YAML: `interfaces=[eth0, eth1]`. */
export function parseSet(schema: Schema, text: string): Override {
  const equals = text.indexOf('=')
  if (equals < 1) throw new OverrideError(`'${text}' is not KEY=VALUE, such as store.keep=30d`)
  const path = text.slice(0, equals).split('.')
  const found = path.reduce<Schema | undefined>((one, key) => own(one?.properties, key), schema)
  if (found === undefined) throw new OverrideError(`${path.join('.')} is no key of peerscope.yaml`)
  const from = `--set ${path.join('.')}`
  return { path, value: read(found, text.slice(equals + 1), from), from }
}

/**
 * `PEERSCOPE_` and the key in capitals, `_` for its dots and hyphens. Variables that name no key are
 * passed over: they are of whoever started us. Empty ones say nothing.
 */
export function fromEnvironment(
  schema: Schema,
  environment: Readonly<Record<string, string | undefined>>,
): Override[] {
  const overrides: Override[] = []
  for (const [path, leaf] of leavesOf(schema)) {
    const from = variableOf(path)
    const text = environment[from]
    if (text) overrides.push({ path, value: read(leaf, text, from), from })
  }
  return overrides
}

export function variableOf(path: readonly string[]): string {
  return `PEERSCOPE_${path.join('_').replaceAll('-', '_').toUpperCase()}`
}

/** Keys that have no keys of ours below them. */
export function leavesOf(schema: Schema, path: readonly string[] = []): [string[], Schema][] {
  if (schema.properties === undefined) return [[[...path], schema]]
  return Object.entries(schema.properties).flatMap(([key, one]) => leavesOf(one, [...path, key]))
}

function read({ type, enum: words, anyOf }: Schema, text: string, from: string): unknown {
  const isText = type === 'string' || anyOf?.some((one) => one.type === 'string')
  if (isText || words !== undefined) return text
  try {
    return parse(text) as unknown
  } catch (error) {
    throw new OverrideError(`${from}: ${(error as Error).message.split('\n')[0]}`)
  }
}

/** What a file said, with these in their places; later ones go before earlier. */
export function put(said: unknown, overrides: readonly Override[]): unknown {
  return overrides.reduce((so, { path, value }) => putOne(so, path, value), said)
}

function putOne(said: unknown, path: readonly string[], value: unknown): unknown {
  const [key, ...rest] = path
  if (key === undefined) return value
  const isMap = typeof said === 'object' && said !== null && !Array.isArray(said)
  const map = (isMap ? said : {}) as Readonly<Record<string, unknown>>
  return { ...map, [key]: putOne(own(map, key), rest, value) }
}

/** Nothing that every object has from birth. */
function own<Value>(map: Readonly<Record<string, Value>> | undefined, key: string) {
  return map !== undefined && Object.hasOwn(map, key) ? map[key] : undefined
}
