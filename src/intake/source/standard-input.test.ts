/** `-`: captures from a pipe and from a redirected file, in another process. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { closeSync, openSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { concat } from '../../core/bytes.ts'
import { temporaryFolder } from '../../core/temporary-folder-in-test.ts'
import { Blocks, makePcapFile, payload } from './captures-in-test.ts'

const folder = temporaryFolder()

const PACKETS = Array.from({ length: 500 }, (_, i) => ({
  time: [i, 0] as const,
  bytes: payload(700, i),
}))
const CAPTURE = makePcapFile(PACKETS)

/** Counts what it reads, and says so; a line for each packet where `live` is asked. */
const open = new URL(import.meta.url.endsWith('.ts') ? './open.ts' : './open.js', import.meta.url)
const SCRIPT = `
import { openCaptures } from ${JSON.stringify(open.href)}
try {
  const cursor = await openCaptures(['-'])
  let packets = 0
  for (;;) {
    const step = cursor.next()
    if (step === 'end') break
    if (step === 'wait') await cursor.fill()
    else { packets++; if (process.env.LIVE) console.log('packet', packets) }
  }
  await cursor.close()
  const { bytesRead, bytesTotal = null, damage, capture } = cursor
  console.log(JSON.stringify({ packets, bytesRead, bytesTotal, damage, capture }))
} catch (error) {
  console.log(error.name + ': ' + error.message)
}`

interface Result {
  readonly packets: number
  readonly bytesRead: number
  readonly bytesTotal: number | null
  readonly damage: readonly { cause: string }[]
  readonly capture: string
}

function reader(stdin: 'pipe' | 'ignore' | number, env: NodeJS.ProcessEnv = {}) {
  const args = [
    ...process.execArgv.filter((arg) => !arg.startsWith('--test')),
    '--input-type=module',
  ]
  const child = spawn(process.execPath, [...args, '-e', SCRIPT], {
    stdio: [stdin, 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  })
  let said = ''
  child.stdout!.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  const ended = new Promise<string>((resolve) => child.on('close', () => resolve(said.trim())))
  return { child, ended, heard: () => said }
}

async function piped(bytes: Uint8Array): Promise<Result> {
  const { child, ended } = reader('pipe')
  child.stdin!.end(bytes)
  return JSON.parse(await ended) as Result
}

test('a pipe gives pcap, pcapng and packed captures alike', async () => {
  const blocks = new Blocks(true)
  const ng = concat(
    blocks.section(),
    blocks.interface(),
    ...PACKETS.map((one) => blocks.packet(one)),
  )
  for (const bytes of [CAPTURE, ng, gzipSync(CAPTURE)]) {
    assert.deepEqual(await piped(bytes), {
      packets: 500,
      bytesRead: bytes.length,
      bytesTotal: null,
      damage: [],
      capture: '-',
    })
  }
})

test('a pipe that breaks off gives what came before', async () => {
  const { packets, damage } = await piped(CAPTURE.slice(0, 24 + 716 * 300 + 5))
  assert.equal(packets, 300)
  assert.equal(damage[0]?.cause, 'a packet header is cut')
})

test('packets are given out while the pipe is still open', async () => {
  const { child, ended, heard } = reader('pipe', { LIVE: '1' })
  child.stdin!.write(CAPTURE.slice(0, 24 + 716 * 2))
  for (let i = 0; i < 200 && !heard().includes('packet 2'); i++) {
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  assert.equal(heard().trim(), 'packet 1\npacket 2')
  child.stdin!.end(CAPTURE.slice(24 + 716 * 2, 24 + 716 * 3))
  assert.match(await ended, /packet 3/)
})

test('a redirected file has a size, so that progress can be told', async () => {
  const path = join(folder, 'x.pcap')
  writeFileSync(path, CAPTURE)
  const fd = openSync(path, 'r')
  const result = JSON.parse(await reader(fd).ended) as Result
  closeSync(fd)
  assert.equal(result.packets, 500)
  assert.equal(result.bytesTotal, CAPTURE.length)
})

test('nothing on standard input is said as such', async () => {
  assert.equal(await reader('ignore').ended, 'NotACapture: -: is empty')
})
