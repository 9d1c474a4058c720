/**
 * Answers of DNS in packets that are read, of which the engine makes nothing: they are no P2P. A
 * diagnosis wants to know which names stand for the addresses of nobody.
 */
import type { Engine, PacketView } from '../../intake/engine.ts'
import { DNS_PORT, dnsAnswer } from '../../services/diagnose/dns-answers.ts'
import type { NameOf } from '../../services/diagnose/misdirection.ts'

const UDP = 17

/** @param take  is handed each address of an answer, with its name */
export function namesInPackets(
  take: (named: NameOf) => void,
): (flow: Pick<Engine, 'decoded'>, view: Pick<PacketView, 'capture' | 'frame'>) => void {
  return ({ decoded }, { capture, frame }) => {
    if (decoded?.protocol !== UDP || decoded.srcPort !== DNS_PORT) return
    const { payload, payloadAt, payloadSize } = decoded
    const answer = dnsAnswer(payload.subarray(payloadAt, payloadAt + payloadSize))
    for (const ip of answer?.ips ?? []) take({ name: answer!.name, ip, how: 'dns', capture, frame })
  }
}
