/**
 * What a wall decided: what does not pass as Suricata's `drop` event, with Suricata's `verdict`
 * object beside it; the rest under an event type of our own. As there, a `drop` is told of its packet:
 * source and destination are the packet's, `direction` says which way of the flow that is.
 * Source: OISF/suricata, src/output-json-drop.c (DropLogJSON), src/output-json-alert.c (EveAddVerdict),
 * src/decode.c (PacketDropReasonToString: `rules`).
 */
import type { Decision } from '../../core/event.ts'
import { taughtByJson } from './eve-flow.ts'
import { quoted, quotedWord, type TimeText } from './json-text.ts'

const DROPPED: readonly Decision['action'][] = ['block', 'refuse', 'lock']

export function isDrop({ action }: Decision): boolean {
  return DROPPED.includes(action)
}

export function decisionJson(decision: Decision, time: TimeText): string {
  const { action, how, rule, host, family, part, sureness, why, taughtBy } = decision
  const drop = isDrop(decision) ? `${dropJson(decision)},` : ''
  const named = family === undefined ? '' : `,"family":${quotedWord(family)}`
  const as = part === undefined ? '' : `,"part":${quotedWord(part)}`
  const sure = sureness === undefined ? '' : `,"sureness":"${sureness}"`
  const taught = taughtBy === undefined ? '' : `,"taught_by":${taughtByJson(taughtBy, time)}`
  return (
    `${drop}"verdict":${verdictJson(decision)}` +
    `,"p2p_wall":{"action":"${action}"${how === undefined ? '' : `,"how":"${how}"`}` +
    `,"rule":${quoted(rule)},"host":${quoted(host)}${named}${as}${sure}` +
    `,"reasons":${JSON.stringify(why)}${taught}}`
  )
}

const IPV6_HEAD_BYTES = 40

/** What comes with a packet is left out where it was decided without one. */
function dropJson({ packet, ends }: Decision): string {
  if (packet === undefined) return '"drop":{"reason":"rules"}'
  const { side, bytes, hops } = packet
  // Of IPv6, Suricata tells the length of what follows the head.
  const ip = ends[0].ip.includes(':')
    ? `"len":${bytes - IPV6_HEAD_BYTES},"hoplimit":${hops}`
    : `"len":${bytes},"ttl":${hops}`
  const direction = side === 0 ? 'to_server' : 'to_client'
  return `"direction":"${direction}","drop":{${ip},"reason":"rules"}`
}

/** Datagrams are never answered: of them nothing is rejected. */
function verdictJson(decision: Decision): string {
  if (!isDrop(decision)) return '{"action":"pass"}'
  if (decision.how !== 'reset') return '{"action":"drop"}'
  const target = decision.toOpener ? 'to_client' : 'both'
  return `{"action":"drop","reject-target":"${target}","reject":["tcp-reset"]}`
}
