/**
 * What a wall decided: what does not pass as Suricata's `drop` event, with Suricata's `verdict`
 * object; the rest under an event type of our own. Source of both: Suricata 7, output-json-drop.c
 * and output-json-alert.c (EveAddVerdict).
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
  const drop = isDrop(decision) ? '"drop":{"reason":"rules"},' : ''
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

function verdictJson(decision: Decision): string {
  if (!isDrop(decision)) return '{"action":"pass"}'
  if (decision.how !== 'reset') return '{"action":"drop"}'
  const answer = decision.carrier === 'tcp' ? 'tcp-reset' : 'icmp-prohib'
  return `{"action":"drop","reject-target":"both","reject":["${answer}"]}`
}
