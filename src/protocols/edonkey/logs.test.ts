/** Every message that sessions say, of samples and fixtures, keeps to the schema of its log. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Ajv } from 'ajv'
import { concat, fromHex } from '../../core/bytes.ts'
import { flowsOf, transcriptOf } from '../../core/captured-flows.ts'
import type { MessageSaid } from '../../core/event.ts'
import { repositoryFile } from '../../core/repository.ts'
import { factsOf, feed, type Transcript } from '../../core/session-check.ts'
import { edonkey } from './index.ts'
import { logs } from './logs.ts'
import {
  CLIENT_TCP_SAMPLES,
  EMULE_TCP_SAMPLES,
  EMULE_UDP_SAMPLES,
  KAD_SAMPLES,
  OVERNET_SAMPLES,
  SERVER_TCP_SAMPLES,
  SERVER_UDP_SAMPLES,
} from './samples-in-test.ts'

const ajv = new Ajv({ strict: true, allowUnionTypes: true, allErrors: true })
const checks = { edonkey: ajv.compile(logs.edonkey), kad: ajv.compile(logs.kad) }

function frame(text: string, protocol: number): Uint8Array {
  const content = fromHex(text)
  const head = Uint8Array.of(protocol, content.length % 256, Math.floor(content.length / 256), 0, 0)
  return concat(head, content)
}

function* allMessages(): Generator<MessageSaid> {
  const links = [
    ['server', 0xe3, SERVER_TCP_SAMPLES],
    ['peer', 0xe3, CLIENT_TCP_SAMPLES],
    ['peer', 0xc5, EMULE_TCP_SAMPLES],
  ] as const
  for (const [part, protocol, samples] of links) {
    const transcript: Transcript = Object.values(samples).flatMap((all) =>
      all.map((each) => [0, frame(each, protocol)] as const),
    )
    yield* feed(edonkey, factsOf('tcp', part), transcript).kept.of('message')
  }
  for (const samples of [SERVER_UDP_SAMPLES, EMULE_UDP_SAMPLES, KAD_SAMPLES, OVERNET_SAMPLES]) {
    const transcript: Transcript = Object.values(samples).flatMap((all) =>
      all.map((each) => [0, fromHex(each)] as const),
    )
    yield* feed(edonkey, factsOf('udp', 'kad'), transcript).kept.of('message')
  }
  for (const name of ['server', 'peer', 'kad']) {
    for (const flow of flowsOf(
      readFileSync(repositoryFile(`src/protocols/edonkey/fixtures/${name}.pcap`)),
    )) {
      const facts = { flow: 1, carrier: flow.carrier, ends: flow.ends, fromStart: true, part: '' }
      const transcript: Transcript = transcriptOf(flow)
      yield* feed(edonkey, facts, transcript).kept.of('message')
    }
  }
}

test('all messages keep to their schema', () => {
  let count = 0
  const problems = new Set<string>()
  for (const { log, name, fields } of allMessages()) {
    count++
    assert.ok(log === 'edonkey' || log === 'kad')
    assert.equal(fields.type, name)
    const check = checks[log]
    if (check(fields)) continue
    for (const error of check.errors ?? []) {
      problems.add(
        `${log} ${name} ${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`,
      )
    }
  }
  assert.deepEqual([...problems], [])
  assert.ok(count > 400, `${count} messages`)
})

test('fields are plain JSON: nothing is lost when they are written', () => {
  for (const { fields } of allMessages()) {
    assert.deepEqual(JSON.parse(JSON.stringify(fields)), fields)
  }
})
