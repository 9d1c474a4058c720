/** What datagrams, links and transfers mean, however their bytes are cut. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf, fromHex } from '../../core/bytes.ts'
import type { Side } from '../../core/event.ts'
import { checkSession, factsOf } from '../../core/session-check.ts'
import { called, datagrams, HASH, listed } from './fixtures/make-transfers.ts'
import { fasttrack } from './index.ts'

const [OPENER, OTHER] = factsOf('tcp', 'transfer').ends
const URN = `urn:kzhash:${HASH}`

function talk(...said: (readonly [Side, string | Uint8Array])[]) {
  return said.map(([side, one]) => [side, typeof one === 'string' ? bytesOf(one) : one] as const)
}

test('pings and pongs claim who sends them, the pong as a supernode', () => {
  const kept = checkSession(fasttrack, factsOf('udp', 'udp'), [
    ...datagrams,
    [1, fromHex('c2')],
    [1, fromHex('2a 01')],
  ])
  assert.deepEqual(
    kept.of('claim').map(({ about, part, via }) => `${about.ip}:${about.port} ${part} ${via}`),
    [
      `${OPENER.ip}:${OPENER.port} node ping`,
      `${OTHER.ip}:${OTHER.port} supernode pong`,
      `${OTHER.ip}:${OTHER.port} supernode pong-2`,
      '10.0.0.5:1214 node pong-2',
    ],
  )
  assert.deepEqual(kept.of('message')[0]!.fields, {
    type: 'ping',
    encryption: 0x29,
    network: 'fileshare',
    network_of: 'iMesh',
  })
  assert.deepEqual(
    kept.of('message').map(({ name }) => name),
    ['ping', 'pong', 'pong-2', 'pong-2-answer', 'punch', 'punch-answer', 'other'],
  )
  assert.deepEqual(
    kept.of('fault').map(({ fault }) => fault),
    ['size-wrong'],
  )
})

test('of a link the seeds are told, and nothing of what is encrypted', () => {
  const kept = checkSession(fasttrack, factsOf('tcp', 'supernode'), [
    [0, fromHex('fa00b62b facb1238 3209d232')],
    [1, fromHex('33038124 dd493461 22c028051c18')],
    [0, fromHex('26191297392e')],
  ])
  assert.deepEqual(
    kept.of('message').map(({ fields }) => fields),
    [
      {
        type: 'hello',
        random: 'fa00b62b',
        seed: 'facb1238',
        masked_type: '3209d232',
        dialect: 'giFT-FastTrack, MLDonkey',
      },
      { type: 'answer', seed: '33038124', masked_type: 'dd493461' },
    ],
  )
})

/** Tags as PROTOCOL describes them: the hash in base64 behind a second equals sign. */
const DOWNLOAD = talk(
  [
    0,
    `GET /.hash=${HASH} HTTP/1.1\r\nHost: 198.51.100.7:1214\r\nUserAgent: KazaaClient Nov  3 2002 20:29:03\r\nX-Kazaa-Username: alice\r\nX-Kazaa-Network: KaZaA\r\nX-Kazaa-IP: 192.168.0.4:1214\r\nX-Kazaa-SupernodeIP: 203.0.113.5:3531\r\nRange: bytes=0-4\r\n\r\n`,
  ],
  [
    1,
    'HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-4/3145728\r\nContent-Length: 5\r\nServer: KazaaClient Nov  3 2002 20:29:03\r\nX-Kazaa-Username: bob\r\nX-Kazaa-Network: KaZaA\r\nX-Kazaa-IP: 198.51.100.2:6881\r\nX-Kazaa-SupernodeIP: 203.0.113.6:1214\r\nX-KazaaTag: 4=Song\r\nX-KazaaTag: 5=215\r\nX-KazaaTag: 3==jgzaktpWREjaXsUHDzIxkHq6wqY=\r\n\r\nabcde',
  ],
)

test('a download: both users, their own addresses, their supernodes, the file', () => {
  const kept = checkSession(fasttrack, factsOf('tcp', 'transfer'), DOWNLOAD)
  assert.deepEqual(
    kept.of('claim').map(({ by, about, part, via }) => {
      return `${by.ip} ${about.ip}:${about.port} ${part} ${via}`
    }),
    [
      '192.0.2.1 192.168.0.4:1214 node x-kazaa-ip',
      '192.0.2.1 203.0.113.5:3531 supernode x-kazaa-supernodeip',
      '192.0.2.1 198.51.100.7:1214 node host',
      '198.51.100.2 198.51.100.2:6881 node x-kazaa-ip',
      '198.51.100.2 203.0.113.6:1214 supernode x-kazaa-supernodeip',
    ],
  )
  const program = { software: 'KazaaClient', version: 'Nov 3 2002 20:29:03' }
  assert.deepEqual(kept.of('client'), [
    {
      type: 'client',
      who: OPENER,
      ...program,
      nick: 'alice',
      listens: { ip: '192.168.0.4', port: 1214 },
    },
    { type: 'client', who: OTHER, ...program, nick: 'bob', listens: OTHER },
  ])
  const request = { type: 'request', by: OPENER, of: OTHER, what: 'download', content: URN }
  assert.deepEqual(kept.of('request'), [request])
  const share = { type: 'share', by: OTHER, content: URN, via: 'http', name: 'Song', size: 3145728 }
  assert.deepEqual(kept.of('share'), [share])
  assert.deepEqual(kept.of('transfer'), [
    {
      type: 'transfer',
      from: OTHER,
      to: OPENER,
      content: URN,
      name: 'Song',
      bytes: 5,
      via: 'http',
    },
  ])
})

test('where the request was not seen, the tag tells the file', () => {
  const kept = checkSession(fasttrack, factsOf('tcp', 'transfer', false), [DOWNLOAD[1]!])
  assert.equal(kept.of('share')[0]?.content, URN)
  assert.equal(kept.of('transfer')[0]?.bytes, 5)
})

test('an uploader that was asked to call serves on the connection that it opened', () => {
  const kept = checkSession(fasttrack, factsOf('tcp', 'transfer'), called)
  assert.deepEqual(kept.of('message')[0]!.fields, { type: 'give', push_id: 4_253_679_545 })
  assert.deepEqual(kept.of('transfer'), [
    { type: 'transfer', from: OPENER, to: OTHER, name: 'filename.ext', bytes: 3, via: 'http' },
  ])
  assert.equal(kept.of('message')[1]!.fields.network_of, 'Grokster')
})

test('a list of shared files: challenge, proof, files', () => {
  const kept = checkSession(fasttrack, factsOf('tcp', 'transfer'), listed)
  assert.deepEqual(kept.of('message')[1]!.fields, {
    type: 'files-challenge',
    encryption: 38,
    challenge: 2_273_515_777,
  })
  assert.deepEqual(kept.of('share'), [
    { type: 'share', by: OTHER, content: URN, via: 'files', name: 'a.mp3', size: 3_145_728 },
    { type: 'share', by: OTHER, content: `urn:kzhash:${'00'.repeat(20)}`, via: 'files', size: 9 },
  ])
  assert.deepEqual(kept.of('message').at(-1)!.fields, { type: 'files', count: 2 })
  assert.deepEqual(kept.of('fault'), [])
})

test('a plain refusal of the list is no challenge', () => {
  const kept = checkSession(
    fasttrack,
    factsOf('tcp', 'transfer'),
    talk(
      [0, 'GET /.files HTTP/1.1\r\nX-Kazaa-Network: KaZaA\r\n\r\n'],
      [1, 'HTTP/1.0 403 Forbidden\r\nX-Kazaa-IP: 198.51.100.2:6881\r\n\r\n'],
    ),
  )
  assert.deepEqual(
    kept.of('message').map(({ name }) => name),
    ['request', 'response'],
  )
  assert.equal(kept.of('claim').length, 1)
})

test('a name that climbs out of the shared folder is a threat', () => {
  const kept = checkSession(
    fasttrack,
    factsOf('tcp', 'transfer'),
    talk([0, 'GET /1/..%5c..%5cwin.ini HTTP/1.1\r\nX-Kazaa-Network: KaZaA\r\n\r\n']),
  )
  assert.deepEqual(
    kept.of('threat').map(({ threat }) => threat),
    ['path-traversal'],
  )
})
