/** Whatever the tables of messages hold, its log has a place for it, and secrets have none. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf } from '../../core/bytes.ts'
import { logs } from './logs.ts'
import { fieldsOf } from './teller.ts'
import type { Field, Row } from './wire/fields.ts'
import { DISTRIBUTED, INIT, PEER, SERVER_ASKS, SERVER_TELLS } from './wire/tables.ts'

function rowOf(fields: readonly Field[]): Row {
  return Object.fromEntries(
    fields.map(([name, kind]) => {
      if (typeof kind !== 'string') return [name, [rowOf(kind)]]
      if (kind === 'ip') return [name, '192.0.2.1']
      return [name, kind === 'text' || kind === 'rest' ? bytesOf('geheim') : 7]
    }),
  )
}

test('every field of every message', () => {
  const known = new Set(Object.keys(logs.soulseek.properties))
  let count = 0
  for (const table of [SERVER_ASKS, SERVER_TELLS, INIT, PEER, DISTRIBUTED]) {
    for (const { name, fields } of table.values()) {
      const told = fieldsOf(name, rowOf(fields))
      for (const key of Object.keys(told)) assert.ok(known.has(key), `${name}: ${key}`)
      count++
    }
  }
  assert.ok(count > 80)
  const login = fieldsOf('login', { password: bytesOf('geheim'), digest: bytesOf('geheim') })
  assert.deepEqual(login, { password: '[redacted]' })
  const talk = fieldsOf('private-message', { user: bytesOf('bob'), text: bytesOf('geheim') })
  assert.deepEqual(talk, { user: 'bob', textBytes: 6 })
})
