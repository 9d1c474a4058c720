/** Flows as comma-separated values, one row a flow, for spreadsheets. */
import { communityId } from '../../core/community-id.ts'
import { csvCell } from '../../core/csv.ts'
import type { Flow } from '../../core/event.ts'
import { TimeText } from './json-text.ts'

export const CSV_HEADER =
  'start,end,proto,src_ip,src_port,dest_ip,dest_port,packets_sent,packets_received,bytes_sent,' +
  'bytes_received,family,part,sureness,reasons,taught_by,community_id,pcap_filename,pcap_cnt'

export class FlowTable {
  readonly #time = new TimeText('Z')

  /** One row, without its end. */
  row(flow: Flow): string {
    const { ends, packets, bytes, p2p } = flow
    const taught = p2p?.taughtBy
    return [
      this.#time.of(flow.startMicros),
      this.#time.of(flow.endMicros),
      flow.proto,
      ends[0].ip,
      ends[0].port,
      ends[1].ip,
      ends[1].port,
      packets[0],
      packets[1],
      bytes[0],
      bytes[1],
      csvCell(p2p?.family ?? ''),
      csvCell(p2p?.part ?? ''),
      p2p?.sureness ?? '',
      csvCell(p2p?.reasons.join('; ') ?? ''),
      csvCell(taught ? `${taught.capture} frame ${taught.frame} via ${taught.via}` : ''),
      communityId(flow.protoNumber, ends) ?? '',
      csvCell(flow.capture),
      flow.frame,
    ].join()
  }
}
