/** `peerscope wall try CAPTURE|STORE`: what each rule of a policy would have hit. */
import type { Flow } from '../../core/event.ts'
import { bytesText, shareText } from '../../core/figures.ts'
import type { FlowDetail } from '../../core/store.ts'
import { protocols } from '../../protocols/index.ts'
import { openStore } from '../../services/store/store.ts'
import { type Answer, Policy } from '../../services/wall/policy.ts'
import type { AnswerFormat } from '../choices.ts'
import { type ConfigFlags, readConfig } from '../config/config.ts'
import { EXIT, type ExitCode, UsageError } from '../exit-codes.ts'
import { tellDamage, tellLeftOut, warn } from '../notes.ts'
import { Output } from '../output.ts'
import { type ReadOptions, readCaptures } from '../pipeline.ts'
import { progressLine } from '../progress.ts'
import { ListFiles } from '../wall/list-files.ts'
import { linesOf } from './query.ts'
import { isStore } from './store-file.ts'

export interface WallTryFlags extends ConfigFlags {
  /** Which flows of a store. */
  readonly where?: string
  readonly format: AnswerFormat
}

/** What a rule hit; hosts are ours, families those that were recognised. */
export class Hit {
  readonly rule: string
  readonly does: string
  flows = 0
  bytes = 0
  readonly hosts = new Set<string>()
  readonly families = new Set<string>()

  constructor(rule: string, does: string) {
    this.rule = rule
    this.does = does
  }
}

/** What a policy asks of a flow that is over. */
export type Tried = Pick<Flow, 'proto' | 'ends' | 'startMicros' | 'bytes' | 'p2p'>

/** A policy as it would have decided about flows that are over. Nothing is learned, nobody is held. */
export class Trial {
  readonly #policy: Policy
  readonly #lists: ListFiles
  readonly #hits = new Map<string, Hit>()
  bytes = 0

  constructor(policy: Policy, lists: ListFiles) {
    this.#policy = policy
    this.#lists = lists
  }

  flow(flow: Tried): void {
    const carrier = flow.proto === 'TCP' ? 'tcp' : 'udp'
    if (flow.proto !== 'TCP' && flow.proto !== 'UDP') return
    const place = this.#policy.ours.place(flow.ends)
    const list = this.#lists.lists.find(place.peer.ip, flow.startMicros)
    const verdict = flow.p2p
    if (list !== undefined) this.#count(flow, place.host.ip, `list ${list}`, 'block')
    else if (verdict !== undefined) {
      const answer = this.#policy.decide({ ...place, verdict }, flow.startMicros)
      this.#count(flow, place.host.ip, answer.rule, doesText(answer))
    } else if (this.#policy.permits(carrier, flow.ends[1].port, true)) {
      this.#count(flow, place.host.ip, 'nothing known', 'pass')
    } else this.#count(flow, place.host.ip, 'not permitted', 'block')
  }

  #count(flow: Tried, host: string, rule: string, does: string): void {
    const key = `${rule}\n${does}`
    const hit = this.#hits.get(key) ?? new Hit(rule, does)
    this.#hits.set(key, hit)
    const bytes = flow.bytes[0] + flow.bytes[1]
    this.bytes += bytes
    hit.flows++
    hit.bytes += bytes
    hit.hosts.add(host)
    if (flow.p2p !== undefined) hit.families.add(flow.p2p.family)
  }

  /** Those with most bytes first. */
  get hits(): readonly Hit[] {
    return [...this.#hits.values()].sort((a, b) => b.bytes - a.bytes)
  }
}

function doesText({ action, how, rate, per }: Answer): string {
  if (rate !== undefined) return `throttle ${bytesText(rate)}/s per ${per ?? 'flow'}`
  return how === undefined ? action : `${action} ${how}`
}

export async function wallTryCommand(
  files: readonly string[],
  flags: WallTryFlags,
): Promise<ExitCode> {
  const { wall, networks } = readConfig(flags)
  const lists = new ListFiles(warn)
  lists.use(wall.lists)
  const trial = new Trial(new Policy(wall, networks), lists)
  const isWhole = await readInto(trial, files, flags.where)
  const output = Output.open('-')
  const columns = ['rule', 'does', 'flows', 'bytes', 'share', 'hosts', 'what']
  const rows = trial.hits.map(({ rule, does, flows, bytes, hosts, families }) => [
    ...[rule, does, flows],
    ...(flags.format === 'json'
      ? [bytes, bytes / trial.bytes]
      : [bytesText(bytes), shareText(bytes, trial.bytes)]),
    ...[hosts.size, titles(families)],
  ])
  for (const line of linesOf({ columns, rows }, flags.format)) {
    output.line(line)
  }
  output.close()
  return isWhole ? EXIT.ok : EXIT.damaged
}

/** @returns whether all could be read */
async function readInto(trial: Trial, files: readonly string[], where = ''): Promise<boolean> {
  if (files.some(isStore)) {
    if (files.length > 1) throw new UsageError('a policy is tried on one store, or on captures')
    await readStore(trial, files[0]!, where)
    return true
  }
  if (where !== '') throw new UsageError('--where is for a store')
  const progress = progressLine()
  const options: ReadOptions = {
    files,
    flows: true,
    onLeftOut: tellLeftOut,
    ...(progress && { onProgress: (state) => progress.show(state) }),
  }
  const totals = await readCaptures(options, (event) => {
    if (event.type === 'flow') trial.flow(event)
  }).finally(() => progress?.wipe())
  return tellDamage(totals) === EXIT.ok
}

async function readStore(trial: Trial, file: string, where: string): Promise<void> {
  const store = await openStore(file, { readOnly: true })
  try {
    for await (const flows of store.reader.eachFlow!({ where })) {
      for (const flow of flows) trial.flow(triedOf(flow))
    }
  } finally {
    await store.close()
  }
}

function triedOf(flow: FlowDetail): Tried {
  const { proto, srcIp, srcPort, dstIp, dstPort, startMicros, bytes, family } = flow
  const ends = [
    { ip: srcIp, port: srcPort },
    { ip: dstIp, port: dstPort },
  ] as const
  if (family === undefined) return { proto, ends, startMicros, bytes }
  const { part, sureness, neighbour, reasons } = flow
  const p2p = { family, part: part!, sureness: sureness!, reasons, ...(neighbour && { neighbour }) }
  return { proto, ends, startMicros, bytes, p2p }
}

function titles(families: ReadonlySet<string>): string {
  return protocols
    .filter(({ name }) => families.has(name))
    .map(({ title }) => title)
    .join(', ')
}
