/**
 * What a store knows, as one page of paper that needs nothing else: no script, nothing loaded.
 * The same questions are asked as by the screens.
 */
import { unroutable } from '../../../core/address.ts'
import {
  bytesText,
  countText,
  dateText,
  durationText,
  manyText,
  shareText,
} from '../../../core/figures.ts'
import type {
  HostDetail,
  Overview,
  Run,
  Span,
  StoreReader,
  SwarmDetail,
  ThreatRow,
} from '../../../core/store.ts'
import type { FamilyTitle } from '../api.ts'
import { calledText, openerText, protoText } from '../icmp.ts'
import { misnamed } from '../misnamed.ts'
import { lanesSvg, trafficSvg } from './charts.ts'
import { Html, html, table } from './html.ts'
import { STYLE } from './style.ts'

/** How much is told; all of it is counted. */
const HOSTS_MAX = 50
const HOSTS_TOLD_MAX = 20
const SWARMS_MAX = 50
const SWARMS_TOLD_MAX = 10
const PEERS_MAX = 20
const FLOWS_MAX = 100
const THREATS_MAX = 100
const REASONS_MAX = 8
const STEPS = 96

export interface ReportFrame {
  readonly version: string
  readonly madeMicros: number
  readonly families: readonly FamilyTitle[]
}

export async function reportHtml(reader: StoreReader, frame: ReportFrame): Promise<string> {
  const titles = new Map(frame.families.map(({ family, title }) => [family, title]))
  const titleOf = (family: string) => titles.get(family) ?? family
  const [runs, overview] = [await reader.runs(), await reader.overview({})]
  const sections = [
    head(runs, overview, frame),
    await traffic(reader, overview, titleOf),
    await threats(reader, titleOf),
    await hosts(reader, titleOf),
    await swarms(reader, titleOf),
    await flows(reader, titleOf),
    footer(frame),
  ]
  return page(html`${sections}`)
}

type TitleOf = (family: string) => string

function page(body: Html): string {
  // Our own style is put in as it is; the policy keeps anything else from being loaded or run.
  const style = new Html(`<style>${STYLE}</style>`)
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Peerscope report</title>${style}</head>
<body><main>${body}</main></body></html>
`.text
}

function head(runs: readonly Run[], overview: Overview, frame: ReportFrame): Html {
  const { bytes, p2pBytes, p2pFlows, hosts: judged, threats: found, dropped } = overview
  const span = spanOf(runs) ?? overview.span
  const tiles: [string, string][] = [
    [shareText(p2pBytes, bytes), 'of the bytes are P2P'],
    [countText(judged), 'P2P hosts'],
    [countText(p2pFlows), 'P2P flows'],
    [countText(found), 'findings'],
    [countText(dropped), 'packets lost by the capture'],
  ]
  const damage = runs.flatMap((run) => run.damage)
  return html`<header><h1>Peer-to-peer traffic</h1>
<p>${runs.map(({ source }) => source).join(', ')}${span && `: ${dateText(span.from)} to ${dateText(span.to)} (${durationText(span.to - span.from)})`}</p>
<p class="note">Made ${dateText(frame.madeMicros)} by Peerscope ${frame.version}. Times are UTC.</p></header>
<ul class="tiles">${tiles.map(([value, label]) => html`<li><b>${value}</b> ${label}</li>`)}</ul>
${dropped > 0 && html`<p class="warn">${manyText(dropped, 'packet')} did not reach the capture: what they carried is missing here.</p>`}
${damage.map((text) => html`<p class="warn">Damaged capture: ${text}. What came before was read.</p>`)}\n`
}

/** First and last packet; an overview tells only the slices of time in which they lie. */
function spanOf(runs: readonly Run[]): Span | undefined {
  const spans = runs.flatMap(({ span }) => span ?? [])
  if (spans.length === 0) return undefined
  return {
    from: Math.min(...spans.map(({ from }) => from)),
    to: Math.max(...spans.map(({ to }) => to)),
  }
}

/** In a table, where the head of the report says the zone. */
function when(micros: number): Html {
  return html`<time>${dateText(micros).replace(' UTC', '')}</time>`
}

async function traffic(reader: StoreReader, overview: Overview, titleOf: TitleOf): Promise<Html> {
  const chart = await reader.traffic({ steps: STEPS })
  const rows = overview.families.map((row) => [
    row.neighbour ? `(${titleOf(row.family)})` : titleOf(row.family),
    countText(row.flows),
    countText(row.matchedFlows),
    bytesText(row.bytes),
    shareText(row.bytes, overview.bytes),
    countText(row.hosts),
  ])
  const caption = 'Families; in brackets what is shown beside P2P and held against nobody'
  const columns = ['family', 'flows', 'by endpoint only', 'bytes', 'share', 'hosts']
  return html`<section><h2>Traffic</h2>${overview.families.length > 0 ? trafficSvg(chart, titleOf) : html`<p>No P2P was seen.</p>`}
${table(caption, columns, rows)}</section>\n`
}

async function threats(reader: StoreReader, titleOf: TitleOf): Promise<Html | undefined> {
  const { rows, total } = await reader.threats({ limit: THREATS_MAX })
  if (total === 0) return undefined
  return html`<section><h2>Findings</h2>${listed(rows.length, total)}${threatTable(rows, titleOf)}</section>\n`
}

function threatTable(rows: readonly ThreatRow[], titleOf: TitleOf): Html | undefined {
  return table(
    'What was found, with the packet that shows it',
    ['finding', 'severity', 'host', 'family', 'why', 'when', 'packet'],
    rows.map((row) => [
      row.threat,
      row.severity,
      row.by,
      titleOf(row.family),
      row.why,
      when(row.micros),
      packetText(row),
    ]),
  )
}

async function hosts(reader: StoreReader, titleOf: TitleOf): Promise<Html | undefined> {
  const { rows, total } = await reader.hosts({ limit: HOSTS_MAX, order: 'score' })
  if (total === 0) return undefined
  const overview = table(
    'Hosts, the surest first',
    [
      'host',
      'score',
      'sureness',
      'families',
      'software',
      'sent',
      'received',
      'flows',
      'peers',
      'last seen',
    ],
    rows.map((row) => [
      html`<code class="host">${row.host}</code>`,
      countText(row.score),
      row.sureness,
      row.families.map(titleOf).join(', '),
      row.software.join(', '),
      bytesText(row.bytesSent),
      bytesText(row.bytesReceived),
      countText(row.flows),
      countText(row.peers),
      when(row.lastMicros),
    ]),
  )
  const told: Html[] = []
  for (const { host } of rows.slice(0, HOSTS_TOLD_MAX)) {
    const detail = await reader.host(host, { steps: STEPS })
    if (detail !== undefined) told.push(hostHtml(detail, titleOf))
  }
  return html`<section><h2>Hosts</h2>${listed(rows.length, total)}${overview}${told}</section>\n`
}

function hostHtml(host: HostDetail, titleOf: TitleOf): Html {
  const reasons = host.allReasons
    .slice(0, REASONS_MAX)
    .map(
      (reason) => html`<li>${reason.text} <span class="note">(${packetText(reason)})</span></li>`,
    )
  return html`<article><h3><code>${host.host}</code>: ${host.score} of 100, ${host.sureness}</h3>
<p>${host.families.map(titleOf).join(', ')}: ${host.parts.join(', ')}. ${dateText(host.firstMicros)} to ${dateText(host.lastMicros)}.
${host.claimedBy > 0 && `Others named it ${manyText(host.claimedBy, 'time')}.`}</p>
<ul>${reasons}</ul>
${host.against.length > 0 && html`<p>Against it:</p><ul>${host.against.map((text) => html`<li>${text}</li>`)}</ul>`}
${lanesSvg(host.activity.lanes, titleOf)}
${table(
  'Contents',
  ['content', 'name', 'what it did', 'sent', 'received'],
  host.contents
    .slice(0, PEERS_MAX)
    .map((content) => [
      html`<code>${content.content}</code>`,
      content.name,
      content.roles.join(', '),
      bytesText(content.bytesSent),
      bytesText(content.bytesReceived),
    ]),
)}${table(
  'What it says of itself',
  ['software', 'version', 'id', 'nick', 'packet'],
  host.clients
    .slice(0, PEERS_MAX)
    .map(({ software, version, id, nick, at }) => [software, version, id, nick, packetText(at)]),
)}</article>\n`
}

async function swarms(reader: StoreReader, titleOf: TitleOf): Promise<Html | undefined> {
  const { rows, total } = await reader.swarms({ limit: SWARMS_MAX })
  if (total === 0) return undefined
  const overview = table(
    'Contents, those with most hosts first',
    ['content', 'name', 'size', 'families', 'hosts', 'asking', 'bytes seen'],
    rows.map((row) => [
      html`<code>${row.content}</code>`,
      row.name,
      row.size === undefined ? undefined : bytesText(row.size),
      row.families.map(titleOf).join(', '),
      countText(row.hosts),
      countText(row.asking),
      bytesText(row.bytes),
    ]),
  )
  const told: Html[] = []
  for (const { content } of rows.slice(0, SWARMS_TOLD_MAX)) {
    const detail = await reader.swarm(content, { limit: PEERS_MAX })
    if (detail !== undefined) told.push(swarmHtml(detail))
  }
  return html`<section><h2>Contents and their swarms</h2>${listed(rows.length, total)}${overview}${told}</section>\n`
}

function swarmHtml(swarm: SwarmDetail): Html {
  const { total, rows } = swarm.peers
  const lies = misnamed(rows)
  return html`<article><h3>${swarm.name ?? 'without a name'}</h3>
<p><code>${swarm.content}</code>${swarm.also.map((other) => html`, <code>${other}</code>`)}</p>
<p>${manyText(total, 'peer')}. ${lies > 0 && `${countText(lies)} of the ${countText(rows.length)} listed were only named, at addresses that no packet reaches.`}
${swarm.channels.length > 0 && `Named by ${swarm.channels.map(({ via, claims }) => `${via} (${countText(claims)})`).join(', ')}.`}
${swarm.clusters.length > 0 && `Fullest networks: ${swarm.clusters.map(({ network, peers }) => `${network} (${countText(peers)})`).join(', ')}.`}</p>
${table(
  'Names, and where each came from',
  ['name', 'from', 'by', 'checked against the hash', 'packet'],
  swarm.names
    .slice(0, PEERS_MAX)
    .map((row) => [row.name, row.via, row.by, row.verified ? 'yes' : 'no', packetText(row)]),
)}${table(
  'Files',
  ['path', 'size'],
  swarm.files.slice(0, PEERS_MAX).map(({ path, size }) => [path, bytesText(size)]),
)}${table(
  'Peers',
  ['address', 'named by', 'software', 'routed', 'seen to act', 'last'],
  rows.map((peer) => [
    html`<code>${peer.ip.includes(':') ? `[${peer.ip}]` : peer.ip}:${peer.port}</code>`,
    peer.via.join(', '),
    peer.software,
    peer.routable ? 'yes' : `no, ${unroutable(peer.ip)}`,
    peer.seen ? 'yes' : 'no',
    when(peer.lastMicros),
  ]),
)}</article>\n`
}

async function flows(reader: StoreReader, titleOf: TitleOf): Promise<Html | undefined> {
  const { rows, total } = await reader.flows({ limit: FLOWS_MAX, order: 'bytes', descending: true })
  if (total === 0) return undefined
  return html`<section><h2>Flows</h2>${listed(rows.length, total)}${table(
    'Flows, those with most bytes first',
    ['flow', 'start', 'lasts', 'from', 'to', 'protocol', 'sureness', 'sent', 'received'],
    rows.map((row) => [
      html`<code>${row.id}</code>`,
      when(row.startMicros),
      durationText(row.endMicros - row.startMicros),
      html`<code>${openerText(row)}</code>`,
      html`<code>${calledText(row)}</code>`,
      row.family === undefined ? protoText(row) : `${titleOf(row.family)} ${row.part ?? ''}`,
      row.sureness ?? '',
      bytesText(row.bytes[0]),
      bytesText(row.bytes[1]),
    ]),
  )}</section>\n`
}

function footer({ version }: ReportFrame): Html {
  return html`<footer><h2>How sure this is</h2>
<p>A host’s score is the sum of what it was seen to do, each kind of evidence counted less the more of it there is; being named by others adds to it
but makes no host a peer. <em>Certain</em>: bytes that nothing else says. <em>Likely</em>: bytes and context agree. <em>Unsure</em>: neither is enough.
Each reason names a packet: open the capture there and see.</p><p class="note">Peerscope ${version}</p></footer>\n`
}

function packetText({
  capture,
  frame,
}: {
  readonly capture: string
  readonly frame: number
}): string {
  return `${capture.slice(capture.lastIndexOf('/') + 1)} frame ${countText(frame)}`
}

/** What is left out is said. */
function listed(rows: number, total: number): Html | undefined {
  return rows < total
    ? html`<p class="note">${countText(rows)} of ${countText(total)} are listed.</p>`
    : undefined
}
