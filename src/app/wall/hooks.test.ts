/** A command and a server hear of hosts that are caught; one that fails is told of, and no more. */
import assert from 'node:assert/strict'
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { temporaryFolder } from '../../core/temporary-folder-in-test.ts'
import { Hooks, signature } from './hooks.ts'

const HELD = {
  host: '192.0.2.7',
  state: 'held',
  rule: 'peer-to-peer; touch x',
  micros: 1_795_165_200_000_000,
} as const

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 1000 && !condition(); tries++) await pause(20)
}

test('a command is run with what happened, and no shell reads it', async (context) => {
  const folder = temporaryFolder(context)
  const [command, said] = [join(folder, 'hook'), join(folder, 'said')]
  writeFileSync(command, `#!/bin/sh\nprintf '%s|' "$@" > ${said}.part && mv ${said}.part ${said}\n`)
  chmodSync(command, 0o755)
  const warnings: string[] = []
  new Hooks({ command, warn: (text) => warnings.push(text) }).tell(HELD)
  await until(() => existsSync(said))
  assert.equal(readFileSync(said, 'utf8'), 'held|192.0.2.7|peer-to-peer; touch x|')
  assert.deepEqual(warnings, [])
})

test('a server is posted to, signed', async (context) => {
  const heard: { body: string; signature: unknown }[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const part of request.setEncoding('utf8')) body += part
    heard.push({ body, signature: request.headers['x-peerscope-signature'] })
    response.writeHead(heard.length <= 2 ? 204 : 500).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  context.after(() => server.close())
  const webhook = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const warnings: string[] = []
  const hooks = new Hooks({ webhook, secret: 'key', warn: (text) => warnings.push(text) })
  hooks.tell(HELD)
  await until(() => heard.length === 1)
  const [{ body, signature: signed }] = heard as [(typeof heard)[number]]
  assert.equal(signed, signature('key', body))
  assert.deepEqual(JSON.parse(body), { ...HELD, time: '2026-11-20T09:00:00.000Z' })
  const more = { untilMicros: HELD.micros + 120_000_000, account: 'alice', why: ['it spoke'] }
  hooks.tell({ ...HELD, ...more })
  await until(() => heard.length === 2)
  assert.deepEqual(JSON.parse(heard[1]!.body), {
    ...{ ...HELD, time: '2026-11-20T09:00:00.000Z', until: '2026-11-20T09:02:00.000Z' },
    ...{ account: 'alice', why: ['it spoke'] },
  })
  hooks.tell({ ...HELD, state: 'free' })
  await until(() => warnings.length === 1)
  assert.match(warnings[0]!, /the webhook: .*answered 500/)
})

test('the signature is the one of RFC 4231', () => {
  // Its second case: key "Jefe".
  assert.equal(
    signature('Jefe', 'what do ya want for nothing?'),
    'sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  )
})

test('what cannot be run, or be reached, is told', async () => {
  const warnings: string[] = []
  const warn = (text: string) => warnings.push(text)
  new Hooks({ command: '/nowhere/at/all', webhook: 'http://127.0.0.1:1/', warn }).tell(HELD)
  await until(() => warnings.length === 2)
  assert.ok(
    warnings.some((text) => /^the hook: .*ENOENT/.test(text)),
    warnings.join(),
  )
  assert.ok(
    warnings.some((text) => /^the webhook: /.test(text)),
    warnings.join(),
  )
})
