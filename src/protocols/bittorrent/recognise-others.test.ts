/** What the other families' fixtures hold is none of ours: no flow of theirs is taken. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { flowsOf, lookAt } from '../../core/captured-flows.ts'
import { repositoryFile } from '../../core/repository.ts'
import { recogniseDatagrams } from './recognise-datagram.ts'
import { recogniseHttp } from './recognise-http.ts'

test('no flow of another family is a tracker, a web seed or a DHT', (context) => {
  let flows = 0
  for (const entry of readdirSync(repositoryFile('src/protocols'), { recursive: true })) {
    const name = String(entry)
    if (!name.endsWith('.pcap') || name.startsWith('bittorrent')) continue
    for (const flow of flowsOf(readFileSync(join(repositoryFile('src/protocols'), name)))) {
      flows++
      const look = lookAt(flow, 16)
      const sight = flow.carrier === 'udp' ? recogniseDatagrams(look) : recogniseHttp(look)
      assert.equal(sight, 'no', `${name} ${JSON.stringify(flow.ends)}`)
    }
  }
  context.diagnostic(`${flows} flows`)
  assert.ok(flows > 0)
})
