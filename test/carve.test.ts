/** What is carved is the chosen flow, whole, with the reason on its packet; tshark reads it where it is. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { repositoryFile } from '../src/core/repository.ts'
import { temporaryFolder } from '../src/core/temporary-folder-in-test.ts'
import { NO_TSHARK, tsharkFields } from '../src/core/tshark-in-test.ts'

const SAMPLE = repositoryFile('samples/office.pcap')
const MAIN = repositoryFile('dist/src/app/main.js')

function run(...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], {
    encoding: 'utf8',
  })
  return { status, out: stdout, err: stderr }
}

/** Of each flow in a capture: community id, and packets of both ends. */
function flowsOf(capture: string): string[] {
  const [header = '', ...rows] = run('-r', capture, '--format', 'csv').out.trimEnd().split('\n')
  const names = header.split(',')
  return rows.map((row) => {
    // Reasons may hold commas: what stands before them is counted from the left, the rest from the right.
    const cells = row.split(',')
    const left = (name: string) => cells[names.indexOf(name)]!
    const id = cells.at(names.indexOf('community_id') - names.length)!
    return `${id} ${left('packets_sent')} ${left('packets_received')}`
  })
}

test('the packets of one flow, and no others', (context) => {
  const out = join(temporaryFolder(context), 'flow.pcapng')
  // The login of the first aMule of the sample, 10.17.5.33:45566, as tshark gives its community id.
  const id = '1:UpTXeMnimQ0qsAHfgII/Gv7RdOs='
  const { status, err } = run('carve', SAMPLE, '--where', `community==${id}`, '-w', out)
  assert.deepEqual([status, err], [0, `peerscope: ${out}: 1 flow\n`])
  const [carved, ...others] = flowsOf(out)
  assert.deepEqual(others, [])
  assert.ok(flowsOf(SAMPLE).includes(carved!), carved)
  assert.ok(carved!.startsWith(`${id} `))
})

test('the comment on the first packet says what the flow is', { skip: NO_TSHARK }, (context) => {
  const out = join(temporaryFolder(context), 'flow.pcapng')
  assert.equal(run('carve', SAMPLE, '--where', 'id==1.38', '-w', out, '-q').err, '')
  const [first = []] = tsharkFields(out, 'frame.number == 1', ['frame.comment'])
  assert.match(
    first[0] ?? '',
    /^flow 1\.38 \(1:UpTXeMnimQ0qsAHfgII\/Gv7RdOs=\): edonkey server, certain/,
  )
})

test('what cannot be carved is told, and no file is left', (context) => {
  const folder = temporaryFolder(context)
  const out = join(folder, 'none.pcapng')
  const none = run('carve', SAMPLE, '--where', 'port==1', '-w', out)
  assert.deepEqual([none.status, none.err], [1, 'peerscope: no flow is so; nothing was written\n'])
  const slip = run('carve', SAMPLE, '--where', 'prt==1', '-w', out)
  assert.equal(slip.status, 2)
  assert.match(slip.err, /--where: there is no field "prt".* at character 1/)
  assert.equal(run('carve', '-', '--where', 'port==1', '-w', out).status, 2)
  assert.equal(existsSync(out), false)
  const own = join(folder, 'own.pcap')
  writeFileSync(own, 'x')
  assert.equal(run('carve', own, '--where', 'port==1', '-w', own).status, 1)
})
