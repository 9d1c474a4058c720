/** A namespace is one's own only where that is surely so. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isApart } from './apart.ts'

const links = (own: string, first: string) => (link: string) =>
  link === '/proc/self/ns/net' ? own : first

test('Another namespace than that of the first process is one of its own', () => {
  assert.equal(isApart(links('net:[4026532001]', 'net:[4026531840]')), true)
  assert.equal(isApart(links('net:[4026531840]', 'net:[4026531840]')), false)
})

test('Where it cannot be read it is the network of the machine', () => {
  const refuses = (link: string): string => {
    if (link === '/proc/1/ns/net') throw new Error('EACCES')
    return 'net:[4026532001]'
  }
  assert.equal(isApart(refuses), false)
})
