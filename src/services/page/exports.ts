/** Lists as files: written as they are read, so that neither side holds them whole. */
import { csvCell } from '../../core/csv.ts'
import type { FlowDetail, StoreReader, SwarmPeer, Which } from '../../core/store.ts'

const encoder = new TextEncoder()

/** Rows asked for at once. */
const PIECE_ROWS = 1000

/** Flows in order of their beginning, also of a store that only gives them page by page. */
export async function* eachFlow(
  reader: StoreReader,
  which: Which,
): AsyncGenerator<readonly FlowDetail[]> {
  if (reader.eachFlow !== undefined) {
    yield* reader.eachFlow(which)
    return
  }
  for (let offset = 0; ; offset += PIECE_ROWS) {
    const { rows } = await reader.flows({ ...which, limit: PIECE_ROWS, offset, order: 'start' })
    const details = await Promise.all(rows.map(({ id }) => reader.flow(id)))
    yield details.filter((detail) => detail !== undefined)
    if (rows.length < PIECE_ROWS) return
  }
}

const FLOW_HEADER =
  'id,start,end,proto,src_ip,src_port,dest_ip,dest_port,packets_sent,packets_received,bytes_sent,' +
  'bytes_received,family,part,sureness,reasons,taught_by,community_id,pcap_filename,pcap_cnt'

export function flowsCsv(reader: StoreReader, which: Which): AsyncIterable<Uint8Array> {
  return lines(FLOW_HEADER, eachFlow(reader, which), flowRow)
}

export function flowsNdjson(reader: StoreReader, which: Which): AsyncIterable<Uint8Array> {
  return lines(undefined, eachFlow(reader, which), (flow) => JSON.stringify(flow))
}

export function flowsEve(
  reader: StoreReader,
  which: Which,
  eve: (flow: FlowDetail) => string,
): AsyncIterable<Uint8Array> {
  return lines(undefined, eachFlow(reader, which), eve)
}

function flowRow(flow: FlowDetail): string {
  const taught = flow.taughtBy
  return [
    flow.id,
    timeText(flow.startMicros),
    timeText(flow.endMicros),
    csvCell(flow.proto),
    csvCell(flow.srcIp),
    flow.srcPort,
    csvCell(flow.dstIp),
    flow.dstPort,
    ...flow.packets,
    ...flow.bytes,
    csvCell(flow.family ?? ''),
    csvCell(flow.part ?? ''),
    flow.sureness ?? '',
    csvCell(flow.reasons.join('; ')),
    csvCell(taught ? `${taught.capture} frame ${taught.frame} via ${taught.via}` : ''),
    csvCell(flow.communityId),
    csvCell(flow.capture),
    flow.frame,
  ].join()
}

const PEER_HEADER = 'ip,port,via,named_by,software,routable,seen,first,last'

export function peersCsv(reader: StoreReader, content: string): AsyncIterable<Uint8Array> {
  return lines(PEER_HEADER, eachPeer(reader, content), peerRow)
}

async function* eachPeer(
  reader: StoreReader,
  content: string,
): AsyncGenerator<readonly SwarmPeer[]> {
  for (let offset = 0; ; offset += PIECE_ROWS) {
    const swarm = await reader.swarm(content, { limit: PIECE_ROWS, offset })
    const rows = swarm?.peers.rows ?? []
    yield rows
    if (rows.length < PIECE_ROWS) return
  }
}

function peerRow(peer: SwarmPeer): string {
  return [
    csvCell(peer.ip),
    peer.port,
    csvCell(peer.via.join(' ')),
    peer.by,
    csvCell(peer.software ?? ''),
    peer.routable,
    peer.seen,
    timeText(peer.firstMicros),
    timeText(peer.lastMicros),
  ].join()
}

/** `2026-11-20T09:00:00.123456Z` */
export function timeText(micros: number): string {
  const millis = Math.floor(micros / 1000)
  const rest = String(Math.floor(micros - 1000 * millis)).padStart(3, '0')
  return `${new Date(millis).toISOString().slice(0, -1)}${rest}Z`
}

/** A short file, written at once. */
export async function* whole(text: Promise<string>): AsyncGenerator<Uint8Array> {
  yield encoder.encode(await text)
}

async function* lines<Row>(
  header: string | undefined,
  pieces: AsyncIterable<readonly Row[]>,
  line: (row: Row) => string,
): AsyncGenerator<Uint8Array> {
  // With the first rows, so that a store that fails is told before anything is written.
  let text = header === undefined ? '' : `${header}\n`
  for await (const rows of pieces) {
    if (rows.length > 0) text += `${rows.map(line).join('\n')}\n`
    if (text !== '') yield encoder.encode(text)
    text = ''
  }
}
