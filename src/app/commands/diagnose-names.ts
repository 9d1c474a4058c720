/** Shows a diagnosis the answers of DNS in a capture, of which the engine makes nothing: they are no P2P. */

import type { PacketView } from '../../intake/engine.ts'
import { DECODED, Decoder } from '../../intake/packet/packet.ts'
import { DNS_PORT, dnsAnswer } from '../../services/diagnose/dns-answers.ts'
import type { Evidence } from '../../services/diagnose/evidence.ts'

export class NamesInPackets {
  readonly #evidence: Evidence
  readonly #decoder = new Decoder()

  constructor(evidence: Evidence) {
    this.#evidence = evidence
  }

  packet({ bytes, at, size, wireSize, linkType, micros, frame, capture }: PacketView): void {
    if (this.#decoder.decode(bytes, at, size, wireSize, linkType, micros) !== DECODED.udp) return
    const { srcPort, payload, payloadAt, payloadSize } = this.#decoder.packet
    if (srcPort !== DNS_PORT) return
    const answer = dnsAnswer(payload.subarray(payloadAt, payloadAt + payloadSize))
    for (const ip of answer?.ips ?? []) {
      this.#evidence.names.add({ name: answer!.name, ip, how: 'dns', capture, frame })
    }
  }
}
