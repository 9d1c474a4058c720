/** Every log line of the fixtures and of made messages has the shape that logs.ts promises. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { factsOfFlow, flowsOf, lookAt, transcriptOf } from '../../core/captured-flows.ts'
import { repositoryFile } from '../../core/repository.ts'
import { feed } from '../../core/session-check.ts'
import { gnutella } from './index.ts'

test('log lines of all fixtures keep to the schema', () => {
  const check = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(
    gnutella.logs!.gnutella!,
  )
  const folder = repositoryFile('src/protocols/gnutella/fixtures')
  let lines = 0
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.pcap'))) {
    for (const flow of flowsOf(readFileSync(`${folder}/${name}`))) {
      const sight = gnutella.recognise(lookAt(flow))
      if (typeof sight === 'string') continue
      const { kept } = feed(gnutella, factsOfFlow(flow, sight.part), transcriptOf(flow))
      for (const said of kept.of('message')) {
        lines++
        assert.ok(check(said.fields), `${name} ${said.name}: ${JSON.stringify(check.errors)}`)
      }
    }
  }
  assert.ok(lines > 150, `only ${lines} lines`)
})
