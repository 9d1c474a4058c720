/** JSON Schema of every log that this protocol's messages go to. */
import { datagramLogs, dhtLogs } from './logs-dht.ts'
import { peerLogs } from './logs-peer.ts'
import { trackerLogs } from './logs-tracker.ts'

export const logs = { ...peerLogs, ...dhtLogs, ...datagramLogs, ...trackerLogs } as const
