/** A link says the names that were made up, once each, and nothing of what is sealed. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { repositoryFile } from '../../core/repository.ts'
import { checkSession, factsOf } from '../../core/session-check.ts'
import { certificate, clientHello, makeLink, record, serverHello } from './fixtures/make-link.ts'
import { tor } from './index.ts'

test('asked name, subject and issuer', () => {
  const kept = checkSession(tor, factsOf('tcp', 'link'), [
    [0, clientHello('www.t3i3ru.com')],
    [1, record(serverHello)],
    [1, record(certificate('www.7d43ah2kikrabj.net', 'www.wohgpas45j6ucw.com'))],
    [0, new Uint8Array(80).fill(0x17)],
    [1, new Uint8Array(80).fill(0x17)],
  ])
  assert.deepEqual(
    kept.of('message').map(({ fields }) => fields),
    [
      { type: 'client-hello', server_name: 'www.t3i3ru.com' },
      {
        type: 'certificate',
        subject: 'www.7d43ah2kikrabj.net',
        issuer: 'www.wohgpas45j6ucw.com',
      },
    ],
  )
  assert.equal(kept.of('client').length, 2)
})

test('the fixture is what its maker makes', () => {
  const file = repositoryFile('src/protocols/tor/fixtures/link.pcap')
  assert.deepEqual(new Uint8Array(readFileSync(file)), makeLink())
})
