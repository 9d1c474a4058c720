/**
 * Addresses as devices write them: `tcp://192.0.2.1:22000`, `quic://0.0.0.0:22000`,
 * `relay://192.0.2.9:22067/?id=…`. No host, or that of nobody, means the sender's own address.
 *
 * Source: syncthing/docs specs/localdisco-v4.rst; fixtures.
 */
import { type Endpoint, parseEndpoint } from '../../core/address.ts'

export interface Told {
  readonly about: Endpoint
  readonly part: 'device' | 'device-quic' | 'relay'
  readonly carriers: 'tcp' | 'udp'
}

/** @returns undefined where it is a name, or of a kind that nobody here knows */
export function readAddress(address: string, senderIp: string): Told | undefined {
  const match = /^(tcp|quic|relay)[46]?:\/\/(\[[^\]]*\]|[^:/?]*):(\d{1,5})(?:[/?]|$)/.exec(address)
  if (match === null) return undefined
  const [, scheme, host, digits] = match
  const isSender = /^(?:|0\.0\.0\.0|\[::\]|\[\])$/.test(host!)
  const port = Number(digits)
  const about = isSender
    ? port > 65_535
      ? undefined
      : { ip: senderIp, port }
    : parseEndpoint(`${host}:${port}`)
  if (about === undefined) return undefined
  if (scheme === 'quic') return { about, part: 'device-quic', carriers: 'udp' }
  return { about, part: scheme === 'tcp' ? 'device' : 'relay', carriers: 'tcp' }
}
