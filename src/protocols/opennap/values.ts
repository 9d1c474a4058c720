/** Named words of a message, by kind. */
import { parseIp } from '../../core/address.ts'
import type { Value } from './fields.ts'

export interface File {
  readonly path: string
  readonly size: number
  readonly md5?: string
}

export type Values = { readonly [name: string]: Value }

export function textIn(values: Values, name: string): string | undefined {
  const value = values[name]
  return typeof value === 'string' ? value : undefined
}

export function numberIn(values: Values, name: string): number | undefined {
  const value = values[name]
  return typeof value === 'number' ? value : undefined
}

export function addressIn(values: Values): string | undefined {
  return parseIp(textIn(values, 'ip') ?? '')
}

export function isPort(port: number): boolean {
  return port > 0 && port <= 0xffff
}

export function fileIn(values: Values): File | undefined {
  const path = textIn(values, 'path')
  const size = numberIn(values, 'size')
  const md5 = textIn(values, 'md5')
  if (path === undefined || size === undefined || size < 0) return undefined
  return { path, size, ...(md5 !== undefined && { md5 }) }
}
