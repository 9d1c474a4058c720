/** Every message that WireGuard's sessions say of the fixtures keeps to the schema of its log. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Ajv } from 'ajv'
import { factsOfFlow, flowsOf, transcriptOf } from '../../core/captured-flows.ts'
import { repositoryFile } from '../../core/repository.ts'
import { feed } from '../../core/session-check.ts'
import { wireguard } from './index.ts'
import { logs } from './logs.ts'

test('messages keep to the schema', () => {
  const check = new Ajv({ strict: true, allErrors: true }).compile(logs.wireguard)
  let messages = 0
  for (const name of ['handshake']) {
    const file = repositoryFile(`src/protocols/wireguard/fixtures/${name}.pcap`)
    for (const flow of flowsOf(readFileSync(file))) {
      const transcript = transcriptOf(flow)
      const { kept } = feed(wireguard, factsOfFlow(flow, 'tunnel'), transcript)
      for (const said of kept.of('message')) {
        assert.equal(said.log, 'wireguard')
        assert.ok(check(said.fields), JSON.stringify([said.fields, check.errors]))
        messages++
      }
    }
  }
  assert.ok(messages > 0)
})
