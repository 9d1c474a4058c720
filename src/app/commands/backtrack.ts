/** `peerscope backtrack INCIDENT|CONTENT|ADDRESS`: who told whom what, asked of those who may know. */
import { createSocket } from 'node:dgram'
import { type Endpoint, endpointText, parseIp } from '../../core/address.ts'
import type { Event } from '../../core/event.ts'
import { shown } from '../../core/text.ts'
import { protocols } from '../../protocols/index.ts'
import { Allowed, homeNetworks } from '../../services/backtrack/allowed.ts'
import { findings, silentOf } from '../../services/backtrack/findings.ts'
import type { Learned } from '../../services/backtrack/frontier.ts'
import { csvLines, graphmlLines } from '../../services/backtrack/graph-files.ts'
import { openStore } from '../../services/store/store.ts'
import { isApart } from '../backtrack/apart.ts'
import { type BacktrackOptions, BacktrackRun, savedState } from '../backtrack/backtrack-run.ts'
import { planOf } from '../backtrack/plan.ts'
import { kindsOf, type Subject, seedOf, subjectOf } from '../backtrack/subject.ts'
import type { AnswerFormat } from '../choices.ts'
import { EXIT, type ExitCode, UsageError } from '../exit-codes.ts'
import { warn } from '../notes.ts'
import { Output } from '../output.ts'
import type { Totals } from '../pipeline.ts'
import { onStopSignal } from '../stop-signal.ts'
import { wantsColour, widthOf } from '../terminal.ts'
import { type BacktrackReport, backtrackText, planText } from './backtrack-text.ts'
import { tellLimits } from './measuring.ts'

/** The command line, as commander hands it over. */
export interface BacktrackFlags {
  readonly events?: string
  readonly ask?: readonly string[]
  readonly allow?: readonly string[]
  readonly except?: readonly string[]
  readonly size?: number
  readonly dryRun?: boolean
  readonly map?: boolean
  readonly hops: number
  readonly rate: number
  readonly packets: number
  readonly inFlight: number
  readonly networkRate: number
  readonly duration?: number
  readonly from?: string
  readonly write?: string
  readonly state?: string
  readonly store?: string
  readonly graph?: readonly string[]
  readonly format: AnswerFormat
  readonly quiet?: boolean
  readonly color: boolean
}

const MICROS = 1_000_000

export async function backtrackCommand(
  words: readonly string[],
  flags: BacktrackFlags,
): Promise<ExitCode> {
  const kinds = kindsOf(protocols)
  const graphs = (flags.graph ?? []).map(graphFile)
  const allowed = allowedOf(flags)
  const subject = subjectOf(words, flags.events, flags.size, kinds)
  const seeds = [...(flags.ask ?? []).flatMap((text) => seedOf(text, kinds)), ...subject.seeds]
  refuseNothing(subject, seeds, flags)
  const question = [...words, ...(flags.map ? ['--map'] : [])].join(' ')
  const startedMicros = Date.now() * 1000
  const crawled = { ...crawlOf(subject, flags, startedMicros), kinds, seeds, question }
  if (flags.dryRun) return dryRun({ ...crawled, allowed }, flags)
  refuseOutside(seeds, allowed)
  const own = await ownPlace(flags, seeds.find(({ at }) => allowed.has(at.ip))!)
  const store = flags.store === undefined ? undefined : await openStore(flags.store)
  const number = await store?.writer.begin({ source: question, kind: 'live', startedMicros })
  const run = await BacktrackRun.open(
    { ...crawled, ip: own.ip, port: own.port, allowed: allowedOf(flags, own.ip) },
    (event: Event) => store?.writer.consume(number!, event),
  )
  for (const claim of subject.claims) run.graph.claim(claim)
  const isStopped = await stoppable(run, flags)
  if (store !== undefined) {
    store.writer.state(number!, stateOf(isStopped.totals))
    await store.writer.flush()
    await store.close()
  }
  for (const { path, lines } of graphs) {
    const output = Output.open(path)
    for (const line of lines(run.graph.edges)) output.line(line)
    output.close()
  }
  write(reportOf(run, subject, isStopped.byUs), flags)
  tellLimits({
    backtrackEndpointsMax: run.crawl.frontier.notKept,
    backtrackEdgesMax: run.graph.notKept,
  })
  return EXIT.ok
}

type Crawled = Omit<BacktrackOptions, 'ip' | 'port' | 'allowed' | 'kinds' | 'seeds' | 'question'>

function crawlOf({ goals, targets }: Subject, flags: BacktrackFlags, micros: number): Crawled {
  const { duration, write, state } = flags
  return {
    ...{ goals, spared: targets, maps: flags.map === true, hopsMax: flags.hops },
    packetsPerSecond: flags.rate,
    packetsMax: flags.packets,
    inFlightMax: flags.inFlight,
    networkPerSecond: flags.networkRate,
    ...(duration !== undefined && { untilMicros: micros + duration * MICROS }),
    ...(write !== undefined && { write }),
    ...(state !== undefined && { state }),
  }
}

function dryRun(options: Omit<BacktrackOptions, 'ip' | 'port'>, flags: BacktrackFlags): ExitCode {
  const plan = planOf(options, { ...options, port: 0 }, savedState(options))
  const output = Output.open('-')
  if (flags.format === 'json') output.line(JSON.stringify(plan))
  else output.write(planText(plan, lookOf(flags)))
  output.close()
  return EXIT.ok
}

function graphFile(path: string) {
  if (path.endsWith('.csv')) return { path, lines: csvLines }
  if (path.endsWith('.graphml')) return { path, lines: graphmlLines }
  throw new UsageError(`--graph ${shown(path)}: a name that ends in .graphml or .csv`)
}

/** @param ip  ours: from it only addresses of its own kind can be reached */
function allowedOf({ allow = [], except = [] }: BacktrackFlags, ip?: string): Allowed {
  const networks = [...homeNetworks(isApart()), ...allow]
  const isSix = (text: string) => text.includes(':')
  const allowed = Allowed.of(
    networks.filter((network) => ip === undefined || isSix(network) === isSix(ip)),
    except,
  )
  if (typeof allowed !== 'string') return allowed
  const option = except.includes(allowed) ? '--except' : '--allow'
  throw new UsageError(`${option} ${shown(allowed)}: not a network such as 198.51.100.0/24`)
}

function refuseNothing(
  { goals }: Subject,
  seeds: readonly Learned[],
  { map, events }: BacktrackFlags,
): void {
  if (goals.length === 0 && map !== true) {
    const hint = events === undefined ? 'give --events, ' : ''
    throw new UsageError(`no content to ask about: name one, ${hint}or say --map`)
  }
  if (seeds.length === 0) {
    const hint =
      events === undefined ? ', or give --events' : '; the events name nobody who may know'
    throw new UsageError(`nobody to ask: say --ask PART@ADDRESS:PORT${hint}`)
  }
}

function refuseOutside(seeds: readonly Learned[], allowed: Allowed): void {
  if (seeds.some(({ at }) => allowed.has(at.ip))) return
  throw new UsageError(
    `${endpointText(seeds[0]!.at)} is in no network that may be asked: loopback, private ones in a ` +
      'network namespace, and what --allow names. Be sure that you may; --dry-run says who would be asked',
  )
}

/** The address that the way to the first one leads from, and a free port: a socket is asked, nothing sent. */
async function ownPlace({ from }: BacktrackFlags, { at }: Learned): Promise<Endpoint> {
  const ip = from === undefined ? undefined : parseIp(from)
  if (from !== undefined && ip === undefined) {
    throw new UsageError(`--from ${shown(from)}: not an address`)
  }
  const socket = createSocket((ip ?? at.ip).includes(':') ? 'udp6' : 'udp4')
  try {
    return await new Promise<Endpoint>((resolve, reject) => {
      const tell = () => resolve({ ip: socket.address().address, port: socket.address().port })
      socket.once('error', reject)
      if (ip === undefined) socket.connect(at.port, at.ip, tell)
      else socket.bind(0, ip, tell)
    })
  } catch (error) {
    const what = ip === undefined ? `there is no way to ${endpointText(at)}` : `${ip} is not ours`
    throw new UsageError(`${what}: say --from with an address of this machine`, { cause: error })
  } finally {
    socket.close()
  }
}

/** Until it is over, or the first signal. */
async function stoppable(
  run: BacktrackRun,
  { duration, quiet }: BacktrackFlags,
): Promise<{ totals: Totals; byUs: boolean }> {
  let byUs = false
  const stop = () => {
    byUs = true
    run.stop()
  }
  const letGo = onStopSignal(stop)
  const timer = duration === undefined ? undefined : setTimeout(stop, 1000 * duration)
  if (!quiet) warn('asks who told whom; announces nobody and wants no content; Ctrl-C ends it')
  try {
    return { totals: await run.run(), byUs }
  } finally {
    clearTimeout(timer)
    letGo()
  }
}

function stateOf({ packets, bytes, flows, firstMicros, lastMicros }: Totals) {
  const isSpan = firstMicros !== undefined && lastMicros !== undefined
  return {
    ...{ packets, bytes, flows },
    endedMicros: Date.now() * 1000,
    ...(isSpan && { span: { from: firstMicros, to: lastMicros } }),
  }
}

function reportOf(run: BacktrackRun, { goals, targets }: Subject, byUs: boolean): BacktrackReport {
  const { asking, crawl, graph } = run
  const contents = goals.map(({ content }) => content)
  return {
    contents,
    findings: targets.map(({ ip, port }) => findings(graph, ip, port, asking)),
    silent: silentOf(graph, contents, asking),
    channels: asking.channels.filter(({ asked }) => asked > 0),
    endpoints: crawl.frontier.size,
    edges: graph.size,
    packets: crawl.sent,
    outside: crawl.outside,
    ended: byUs ? 'stopped' : crawl.isSpent ? 'spent' : 'done',
  }
}

function write(report: BacktrackReport, flags: BacktrackFlags): void {
  const output = Output.open('-')
  if (flags.format === 'json') output.line(JSON.stringify(report))
  else output.write(backtrackText(report, lookOf(flags)))
  output.close()
}

function lookOf({ color }: BacktrackFlags) {
  const colour = wantsColour(process.stdout, process.env, color)
  return { width: widthOf(process.stdout), colour }
}
