/**
 * What the options of commands can be: apart from the commands, which are loaded only when they run.
 * What people read is `text` everywhere.
 */

export const FORMATS = ['text', 'eve', 'ndjson', 'zeek', 'csv'] as const
export type FormatName = (typeof FORMATS)[number]

export const MESSAGES = ['none', 'notable', 'all'] as const
export type Messages = (typeof MESSAGES)[number]

/** From the least. */
export const SEVERITIES = ['low', 'medium', 'high'] as const
export type Severity = (typeof SEVERITIES)[number]

/** The kernel's ring, or a pipe from tcpdump or dumpcap; `auto` tries them in this order. */
export const CAPTURE_WAYS = ['auto', 'ring', 'pipe'] as const
export type CaptureWay = (typeof CAPTURE_WAYS)[number]

export const QUERY_FORMATS = ['text', 'csv', 'json'] as const

/** What makes the kernel's rules; `auto` takes nft where the kernel can queue by it. */
export const RULE_ENGINES = ['auto', 'nft', 'iptables'] as const
export type RuleEngine = (typeof RULE_ENGINES)[number]

export const WALL_FORMATS = ['eve', 'ndjson'] as const
export type WallFormat = (typeof WALL_FORMATS)[number]

/** Who can be given what the wall's policy refuses: ports, names, or addresses of a list. */
export const RULE_TARGETS = [
  ...(['nft', 'iptables'] as const),
  ...(['dnsmasq', 'unbound', 'rpz', 'pihole', 'suricata-names'] as const),
  ...(['nft-set', 'ipset', 'edl', 'suricata-addresses'] as const),
] as const
export type RuleTarget = (typeof RULE_TARGETS)[number]

export const INCIDENT_FORMATS = ['text', 'json', 'csv', 'eve'] as const
export type IncidentFormat = (typeof INCIDENT_FORMATS)[number]
export const DIAGNOSIS_FORMATS = ['text', 'json', 'eve'] as const
export type DiagnosisFormat = (typeof DIAGNOSIS_FORMATS)[number]
/** Of commands whose one answer is for people or for programs. */
export const ANSWER_FORMATS = ['text', 'json'] as const
export type AnswerFormat = (typeof ANSWER_FORMATS)[number]
