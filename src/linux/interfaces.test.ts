/** Interfaces of this machine, as the kernel tells them: loopback is everywhere. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { interfaceNamed, interfaceNames, stateOf } from './interfaces.ts'
import { KernelUnreachable, libc } from './libc.ts'

const skip = (() => {
  try {
    libc()
    return false
  } catch (error) {
    if (error instanceof KernelUnreachable) return `the kernel is not called: ${error.message}`
    throw error
  }
})()

test('loopback is the first, and of its own kind', { skip }, () => {
  assert.ok(interfaceNames().includes('lo'))
  const lo = interfaceNamed('lo')!
  // Each namespace has it from its beginning; ARPHRD_LOOPBACK is 772.
  assert.deepEqual([lo.name, lo.index, lo.hardware], ['lo', 1, 772])
  assert.equal(stateOf(1), lo.isUp ? 'up' : 'down')
})

test('what no interface is called, and no interface has as its number', { skip }, () => {
  for (const name of ['', 'nothing-there', 'lo\0', 'a name', '../lo', 'x'.repeat(99)]) {
    assert.equal(interfaceNamed(name), undefined, name)
  }
  assert.equal(stateOf(0x7fff_fff0), 'gone')
})
