/**
 * What Kontiki's clients ask their subnet, broadcast: XML in clear, a signed request in which the sender
 * tells its addresses.
 *
 *   <?xml …?> CRLF <ZMessage target="ZBBP.1.SubnetRequest" minor="20" … signature="…" signer="…">
 *   <param name="selfref" type="map"> with addr, extaddr, port, udpport, version; moid: the sender's id
 *
 * Source: no specification; packet 1 of nDPI's test capture kontiki.pcap.
 */
import { ByteWriter } from '../../../core/bytes.ts'
import { malformed, message, type Outcome } from '../../../core/outcome.ts'
import { latin1 } from '../../../core/text.ts'
import type { Wire } from '../../../core/wire.ts'

export interface SubnetMessage {
  readonly target: string
  /** `<param name="…" type="string|uint">value</param>`, in their order. */
  readonly params: readonly (readonly [string, string])[]
  /** All of it, one character per byte. */
  readonly text: string
}

export const XML = '<?xml version="1.0" encoding="UTF-8"?>'
const BYTES_MAX = 8192
const PARAMS_MAX = 64
const TARGET =
  /^<\?xml version="1\.0" encoding="UTF-8"\?>\s{0,4}<ZMessage target="(ZBBP\.[\w.]{1,64})"/
const PARAM = /<param name="([\w-]{1,64})" type="(?:string|uint)">([^<]{0,256})<\/param>/g

function parse(bytes: Uint8Array, at: number): Outcome<SubnetMessage> {
  if (bytes.length - at > BYTES_MAX) return malformed('too-long', at + BYTES_MAX)
  const text = latin1(bytes, at)
  const target = TARGET.exec(text)
  if (target === null) return malformed('not-a-zmessage', at)
  const params: [string, string][] = []
  for (const match of text.matchAll(PARAM)) {
    if (params.length >= PARAMS_MAX) break
    params.push([match[1]!, match[2]!])
  }
  return message({ target: target[1]!, params, text }, bytes.length - at)
}

export const subnetWire: Wire<SubnetMessage> = {
  name: 'kontiki/subnet',
  source: 'nDPI tests kontiki.pcap, packet 1',
  carrier: 'datagram',
  messageBytesMax: BYTES_MAX,
  faults: ['too-long', 'not-a-zmessage'],
  parse,
  emit: ({ text }) => new ByteWriter().latin1(text).finish(),
}
