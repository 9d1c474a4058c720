/**
 * How fast and how large the lab's network in memory is: plays a scenario and says messages a minute
 * and bytes a peer.
 *
 *     node --expose-gc --max-old-space-size=8192 dist/bench/lab.js [scenarios/gnutella-100000.yaml]
 */
import { readFileSync } from 'node:fs'
import { countText } from '../src/core/figures.ts'
import { repositoryFile } from '../src/core/repository.ts'
import { type Playable, Population } from '../src/lab/population.ts'
import { parseScenario } from '../src/lab/scenario.ts'
import { protocols } from '../src/protocols/index.ts'

const STEP_SECONDS = 20

function main(file: string): void {
  const playable = new Map<string, Playable>()
  for (const { name, peer, portHints } of protocols) {
    if (peer !== undefined) playable.set(name, { kind: peer, port: portHints[0] ?? 0 })
  }
  const before = usedBytes()
  const began = process.cpuUsage()
  const population = new Population(parseScenario(readFileSync(file, 'utf8'), file), playable)
  console.log(`${countText(population.size)} peers`)
  while (population.advance(STEP_SECONDS)) tell(population, began)
  tell(population, began)
  const each = Math.round((usedBytes() - before) / population.size)
  console.log(`${countText(each)} bytes a peer at the end, files and figures included`)
  for (const { what, figure, holds } of population.account.outcomes()) {
    console.log(`${holds ? 'yes' : 'NO'} ${figure} ${what}`)
  }
}

/** What is in use once the garbage is collected. */
function usedBytes(): number {
  globalThis.gc?.()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

/** In seconds of processor time: other programs do not count. */
function tell({ seconds, network }: Population, began: NodeJS.CpuUsage): void {
  const { user, system } = process.cpuUsage(began)
  const cpu = (user + system) / 1e6
  const rate = countText(Math.round((60 * network.counts.messages) / cpu))
  const rss = Math.round(process.memoryUsage.rss() / 1e6)
  const done = `${seconds} s in ${cpu.toFixed(0)} s of processor`
  console.log(
    `${done}, ${countText(network.counts.messages)} messages, ${rate} a minute, ${rss} MB`,
  )
}

main(process.argv[2] ?? repositoryFile('scenarios/gnutella-100000.yaml'))
