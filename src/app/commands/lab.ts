/** `peerscope lab run SCENARIO`: plays a population in memory and says what came of it. */
import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs'
import { countText, durationText } from '../../core/figures.ts'
import { shown } from '../../core/text.ts'
import { type Playable, Population } from '../../lab/population.ts'
import { parseScenario } from '../../lab/scenario.ts'
import { protocols } from '../../protocols/index.ts'
import type { AnswerFormat } from '../choices.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { Output } from '../output.ts'

export interface LabFlags {
  readonly write?: string
  readonly format: AnswerFormat
  readonly quiet?: boolean
}

/** How much of the scenario is played before progress is told, in its seconds. */
const STEP_SECONDS = 1

export function labRunCommand(file: string, flags: LabFlags): ExitCode {
  const scenario = parseScenario(readFileSync(file, 'utf8'), file)
  const capture = flags.write === undefined ? undefined : openSync(flags.write, 'w')
  const write = capture === undefined ? undefined : (bytes: Uint8Array) => writeAll(capture, bytes)
  const began = performance.now()
  const population = new Population(scenario, playable(), write)
  const tell = flags.quiet !== true && process.stderr.isTTY
  while (population.advance(STEP_SECONDS)) if (tell) progress(population, scenario.seconds)
  if (tell) process.stderr.write('\r\u001b[K')
  const seconds = (performance.now() - began) / 1000
  if (capture !== undefined) {
    writeFileSync(truthFile(flags.write!), population.recorder!.finish())
    closeSync(capture)
  }
  const output = Output.open('-')
  if (flags.format === 'json') output.line(JSON.stringify(figures(population, scenario.title)))
  else output.write(labText(population, scenario.title, seconds))
  output.close()
  return population.account.outcomes().every(({ holds }) => holds) ? EXIT.ok : EXIT.findings
}

/** Every protocol that has peers. */
function playable(): Map<string, Playable> {
  const found = new Map<string, Playable>()
  for (const { name, peer, portHints } of protocols) {
    if (peer !== undefined) found.set(name, { kind: peer, port: portHints[0] ?? 0 })
  }
  return found
}

function writeAll(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at)
}

/** `x.pcapng` → `x.truth.tsv`, as the scorer expects it. */
function truthFile(capture: string): string {
  return `${capture.replace(/\.pcapng$/, '')}.truth.tsv`
}

function progress(population: Population, seconds: number): void {
  const { messages } = population.network.counts
  const done = `${population.seconds.toFixed(0)} of ${seconds} s`
  process.stderr.write(`\r\u001b[K${done}, ${countText(messages)} messages`)
}

/** Everything but how long it took, so that the same scenario gives the same text. */
function figures({ account, network, size }: Population, title: string) {
  return {
    title,
    peers: size,
    network: { ...network.counts },
    said: Object.fromEntries(
      [...account.said].map(([group, counts]) => [group, Object.fromEntries(counts)]),
    ),
    failures: Object.fromEntries(account.failures),
    searches: account.quests(0, Number.POSITIVE_INFINITY),
    expected: account.outcomes(),
  }
}

function labText(population: Population, title: string, seconds: number): string {
  const { account, network } = population
  const { messages, bytes, lost, connections, refused } = network.counts
  const lines = [title, '']
  lines.push(
    `${countText(population.size)} peers, ${durationText(population.seconds * 1e6)} in ${seconds.toFixed(1)} s`,
    `${countText(messages)} messages (${countText(Math.round((60 * messages) / seconds))} a minute), ${countText(bytes)} bytes, ${countText(lost)} lost`,
    `${countText(connections)} connections, ${countText(refused)} refused`,
    '',
  )
  for (const [group, counts] of account.said) {
    const said = [...counts].map(([type, count]) => `${type} ${countText(count)}`)
    lines.push(`  ${shown(group).padEnd(16)} ${said.join(', ')}`)
  }
  const { asked, found, hits } = account.quests(0, Number.POSITIVE_INFINITY)
  if (asked > 0) {
    const rate = ((100 * found) / asked).toFixed(1)
    lines.push('', `searches of the catalogue: ${asked}, found ${found} (${rate} %), ${hits} hits`)
  }
  for (const [why, count] of account.failures) lines.push(`  failed ${count}×: ${shown(why)}`)
  const outcomes = account.outcomes()
  if (outcomes.length > 0) lines.push('', 'expected')
  for (const { what, figure, holds } of outcomes) {
    const shownFigure = Number.isInteger(figure) ? String(figure) : figure.toFixed(3)
    lines.push(`  ${holds ? 'yes' : 'NO '} ${shownFigure.padStart(7)}  ${shown(what)}`)
  }
  return `${lines.join('\n')}\n`
}
