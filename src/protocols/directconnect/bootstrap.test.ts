/** Who enters the DHT of Direct Connect clients: by the words of eiskaltdcpp, and what only resembles them. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { bytesOf } from '../../core/bytes.ts'
import { flowsOf, lookAt, madeFlow } from '../../core/captured-flows.ts'
import { repositoryFile } from '../../core/repository.ts'
import { checkSession, factsOf } from '../../core/session-check.ts'
import { directconnect } from './index.ts'

const ASK =
  'GET /dcDHT.php?cid=PXFCSE6EWZS5CJ4NG2ZSSM5XJXSS7BAP5Y56TRA&encryption=1&u4=6250 HTTP/1.1\r\n'
const REST = 'User-Agent: EiskaltDC++ v2.4.2\r\nHost: dht.fly-server.ru\r\n\r\n'

function told(said: string, final = true): string {
  const look = lookAt(madeFlow('tcp', [[0, bytesOf(said)]]))
  const sight = directconnect.recognise({ ...look, final })
  return typeof sight === 'string' ? sight : `${sight.part} ${sight.sureness}`
}

test('the request of eiskaltdcpp', () => {
  const file = repositoryFile('src/protocols/directconnect/fixtures/dht-bootstrap.pcap')
  const [flow] = flowsOf(readFileSync(file))
  const sight = directconnect.recognise(lookAt(flow!))
  assert.equal(typeof sight === 'string' ? sight : sight.part, 'dht-bootstrap')
  assert.equal(told(ASK + REST), 'dht-bootstrap certain')
  assert.equal(told(ASK.slice(0, 60), false), 'more')
  assert.equal(told(ASK.slice(0, 60)), 'no')
})

test('other requests are none', () => {
  assert.equal(told('GET /index.html HTTP/1.1\r\n', false), 'no')
  assert.equal(told(`GET /?cid=12345&encryption=1 HTTP/1.1\r\n${REST}`), 'no')
  assert.equal(told(`${ASK.replace('&encryption=1', '')}${REST}`), 'no')
  assert.equal(told(`GET /${'a'.repeat(600)}`, false), 'no')
})

test('it tells where it can be reached', () => {
  const kept = checkSession(directconnect, factsOf('tcp', 'dht-bootstrap'), [
    [0, bytesOf(ASK + REST)],
    [1, bytesOf('HTTP/1.0 200 OK\r\n\r\n')],
  ])
  assert.deepEqual(
    kept
      .of('claim')
      .map(({ by, about, part, carriers }) => [about.ip === by.ip, about.port, part, carriers]),
    [[true, 6250, 'dht', 'udp']],
  )
  assert.deepEqual(kept.of('fault'), [])
})
