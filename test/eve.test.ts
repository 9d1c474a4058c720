/**
 * Every line that `--format eve` writes over every fixture holds against the schema that is
 * shipped, and what Suricata has too holds against Suricata's own rules.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { readCaptures } from '../src/app/pipeline.ts'
import type { Event } from '../src/core/event.ts'
import { repositoryFile, sharedCapture } from '../src/core/repository.ts'
import { Hosts } from '../src/services/detect/hosts.ts'
import { Eve } from '../src/services/export/eve.ts'
import { treePaths } from '../tools/tree.ts'

const validate = new Ajv2020({
  strict: true,
  strictRequired: false,
  allowUnionTypes: true,
  allErrors: true,
}).compile(
  JSON.parse(readFileSync(repositoryFile('src/services/export/eve.schema.json'), 'utf8')) as object,
)

/** Captures of the repository, and those beside it that show most kinds of messages. */
function captures(): string[] {
  const own = treePaths().filter((path) => /\.(pcap|pcapng)$/.test(path))
  const beside = ['bt-pex', 'bt-udp-tracker', 'bt-utp', 'ed2k-server-plain', 'gnutella-plain']
  return [
    ...own.map(repositoryFile),
    ...beside.flatMap((name) => sharedCapture(`real/${name}.pcap`) ?? []),
  ]
}

async function linesOf(file: string): Promise<string[]> {
  const [eve, hosts, lines] = [new Eve(), new Hosts(), [] as string[]]
  const totals = await readCaptures(
    { files: [file], flows: true, everyMessage: true },
    (event: Event) => {
      hosts.consume(event)
      const line = eve.line(event)
      if (line !== undefined) lines.push(line)
    },
  )
  for (const verdict of hosts.verdicts()) lines.push(eve.line(verdict)!)
  lines.push(eve.stats(totals))
  return lines
}

for (const file of captures()) {
  test(`${basename(file)}: every event holds against the schema`, async () => {
    const lines = await linesOf(file)
    assert.ok(lines.length > 1)
    const idOfFlow = new Map<string, number>()
    for (const line of lines) {
      const event = JSON.parse(line) as Record<string, unknown>
      if (!validate(event)) {
        assert.fail(
          `${line.slice(0, 600)}\n${JSON.stringify(validate.errors?.slice(0, 4), null, 1)}`,
        )
      }
      if (typeof event.flow_id === 'number' && event.community_id !== undefined) {
        idOfFlow.set(`${event.flow_id}`, event.flow_id)
      }
      for (const key of keysOf(event)) assert.doesNotMatch(key, /-/, `${key} in ${line}`)
    }
    assert.ok([...idOfFlow.values()].every((id) => Number.isSafeInteger(id)))
  })
}

test('the same capture gives the same bytes', async () => {
  const file = repositoryFile('samples/office.pcap')
  assert.deepEqual(await linesOf(file), await linesOf(file))
})

function* keysOf(value: unknown): Generator<string> {
  if (Array.isArray(value)) for (const item of value) yield* keysOf(item)
  else if (value !== null && typeof value === 'object') {
    for (const [key, inner] of Object.entries(value)) {
      yield key
      // There the keys are header names as a peer wrote them.
      if (key !== 'headers') yield* keysOf(inner)
    }
  }
}
