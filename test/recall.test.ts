/**
 * Captures whose truth is known by the process that owned each socket: the flows of every family
 * with a card are found, and no flow of anything else is called P2P.
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { readCaptures } from '../src/app/pipeline.ts'
import { endpointText, parseIp } from '../src/core/address.ts'
import { sharedCapture } from '../src/core/repository.ts'
import { protocols } from '../src/protocols/index.ts'

const READ_HERE = new Set(protocols.map(({ name }) => name))

/** Overlays whose recognition is welcome and not asked for: neither missed nor wrong. */
const BESIDE = new Set(['opendht', 'hyperswarm', 'jami', 'nano', 'monero'])
for (const { name, neighbour } of protocols) if (neighbour !== undefined) BESIDE.add(name)

/** Labels of the truth that are a part of a family here. */
const FAMILY_OF: Readonly<Record<string, string>> = {
  kad: 'edonkey',
  gnutella2: 'gnutella',
  webtorrent: 'bittorrent',
}

/** Parts that say little or nothing readable. */
const LITTLE_READABLE =
  /mse|obf|encrypt|midstream|noise|tls|quic|ssu2|ntcp2|rlpx|discv5|webrtc|supernode-tcp/
/** Another program's bytes on behalf of a P2P program: not asked for. */
const CONTEXT_ONLY = /webseed|dns|upnp|ssdp|natpmp|by-curl/

interface Truth {
  readonly key: string
  readonly family: string
  readonly detail: string
  readonly isMidstream: boolean
  readonly payload: number
}

function keyOf(proto: string, ends: readonly { ip: string; port: number }[]): string {
  return `${proto.toLowerCase()} ${ends.map(endpointText).sort().join(' ')}`
}

function truthOf(file: string): Truth[] {
  const text = readFileSync(file.replace(/\.[^.]+$/, '.truth.tsv'), 'utf8')
  const rows = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return rows.map((line) => {
    const cells = line.split('\t')
    const [proto, src, sport, dst, dport, label, detail] = cells as [string, ...string[]]
    const ends = [
      { ip: parseIp(src!)!, port: Number(sport) },
      { ip: parseIp(dst!)!, port: Number(dport) },
    ]
    return {
      key: keyOf(proto, ends),
      family: FAMILY_OF[label!] ?? label!,
      detail: detail!,
      isMidstream: cells[13]!.includes('midstream'),
      payload: Number(cells[14]),
    }
  })
}

/** Families that we give the flows of a capture. */
async function calledIn(file: string): Promise<Map<string, Set<string>>> {
  const called = new Map<string, Set<string>>()
  await readCaptures({ files: [file], flows: true }, (event) => {
    if (event.type !== 'flow') return
    const key = keyOf(event.proto, event.ends)
    const families = called.get(key) ?? new Set()
    if (event.p2p) families.add(event.p2p.family)
    called.set(key, families)
  })
  return called
}

class Tally {
  readonly missed: string[] = []
  flows = 0

  add(found: boolean, what: string): void {
    this.flows++
    if (!found) this.missed.push(what)
  }

  get recall(): number {
    return 1 - this.missed.length / this.flows
  }
}

const folders = ['real', 'bench'].map((name) => sharedCapture(name))
const skip = folders.includes(undefined) ? 'the labelled captures are not on this machine' : false

test('what is theirs is found, and what is not theirs is not called so', { skip }, async () => {
  const [readable, little] = [new Tally(), new Tally()]
  const wrong: string[] = []
  let others = 0
  for (const folder of folders) {
    for (const name of readdirSync(folder!).filter((one) => /\.pcap(ng)?$/.test(one))) {
      const file = join(folder!, name)
      const called = await calledIn(file)
      for (const truth of truthOf(file)) {
        const families = [...(called.get(truth.key) ?? [])]
        const what = `${basename(file)} ${truth.key} is ${truth.family}/${truth.detail}, called ${families}`
        if (!READ_HERE.has(truth.family)) {
          others++
          // Discovery that a P2P program speaks (mDNS of libp2p, say) may have that family's name.
          const bad = families.filter((each) => !BESIDE.has(each) && !truth.detail.includes(each))
          if (bad.length > 0) wrong.push(what)
          continue
        }
        if (BESIDE.has(truth.family)) continue
        if (families.some((family) => family !== truth.family)) wrong.push(what)
        if (truth.payload === 0 || CONTEXT_ONLY.test(truth.detail)) continue
        const hard = truth.isMidstream || LITTLE_READABLE.test(truth.detail)
        ;(hard ? little : readable).add(families.includes(truth.family), what)
      }
    }
  }
  assert.deepEqual(wrong, [])
  assert.ok(others > 700, `${others} other flows`)
  assert.ok(readable.flows > 550, `${readable.flows} readable flows`)
  assert.ok(little.flows > 70, `${little.flows} flows that say little`)
  assert.ok(readable.recall >= 0.99, readable.missed.join('\n'))
  assert.ok(little.recall >= 0.95, little.missed.join('\n'))
})
