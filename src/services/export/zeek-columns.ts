/**
 * Columns of a log out of the JSON Schema of its messages: nested objects are flattened with dots,
 * lists of objects become one vector per key, what is deeper still is kept as JSON text.
 */
import type { Json } from '../../core/event.ts'
import type { Field } from './zeek-log.ts'

export interface Column {
  readonly field: Field
  /** Keys from the message to the value. */
  readonly path: readonly string[]
  /** Key inside each element, where the value is a list of objects. */
  readonly inside?: string
}

interface Node {
  readonly type?: string | readonly string[]
  readonly properties?: Readonly<Record<string, Node>>
  readonly items?: Node
  readonly minimum?: number
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly oneOf?: readonly Node[]
  readonly anyOf?: readonly Node[]
  readonly allOf?: readonly Node[]
}

/** Schemas nest a few levels; more is cut off. */
const DEPTH_MAX = 8

export function columnsOf(schema: object): readonly Column[] {
  const columns = new Map<string, Column>()
  for (const column of walk(schema as Node, [], 0)) {
    if (!columns.has(column.field[0])) columns.set(column.field[0], column)
  }
  return [...columns.values()]
}

function* walk(node: Node, path: readonly string[], depth: number): Generator<Column> {
  if (depth > DEPTH_MAX) return
  for (const part of [...(node.oneOf ?? []), ...(node.anyOf ?? []), ...(node.allOf ?? [])]) {
    yield* walk(part, path, depth + 1)
  }
  for (const [key, child] of Object.entries(node.properties ?? {})) {
    const at = [...path, key]
    if (hasProperties(child)) yield* walk(child, at, depth + 1)
    else if (child.items && hasProperties(child.items)) yield* insideColumns(child.items, at)
    else yield { field: [at.join('.'), typeOf(child)], path: at }
  }
}

function hasProperties(node: Node): boolean {
  return [node, ...(node.oneOf ?? []), ...(node.anyOf ?? []), ...(node.allOf ?? [])].some(
    ({ properties }) => properties !== undefined && Object.keys(properties).length > 0,
  )
}

function* insideColumns(items: Node, path: readonly string[]): Generator<Column> {
  for (const part of [items, ...(items.oneOf ?? []), ...(items.anyOf ?? [])]) {
    for (const [key, child] of Object.entries(part.properties ?? {})) {
      const type = scalarType(child) ?? 'string'
      yield { field: [[...path, key].join('.'), `vector[${type}]`], path, inside: key }
    }
  }
}

function typeOf(node: Node): string {
  if (node.items) return `vector[${scalarType(node.items) ?? 'string'}]`
  return scalarType(node) ?? 'string'
}

/** Zeek's name of a scalar type, or undefined where it is none. */
function scalarType(node: Node): string | undefined {
  const types = (typeof node.type === 'string' ? [node.type] : (node.type ?? [])).filter(
    (type) => type !== 'null',
  )
  if (types.length !== 1) return undefined
  if (types[0] === 'integer') return (node.minimum ?? -1) >= 0 ? 'count' : 'int'
  if (types[0] === 'number') return 'double'
  if (types[0] === 'boolean') return 'bool'
  return types[0] === 'string' ? 'string' : undefined
}

/** The value of a column in a message. */
export function fieldValue(fields: Json, column: Column): Json | undefined {
  let value: Json | undefined = fields
  for (const key of column.path) value = child(value, key)
  const { inside } = column
  if (inside === undefined || !Array.isArray(value)) return value
  return (value as readonly Json[]).map((element) => child(element, inside) ?? null)
}

function child(value: Json | undefined, key: string): Json | undefined {
  if (value === undefined || value === null || typeof value !== 'object') return undefined
  return (value as { readonly [key: string]: Json })[key]
}
