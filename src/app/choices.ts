/** What the options of commands can be: apart from the commands, which are loaded only when they run. */

export const FORMATS = ['summary', 'eve', 'ndjson', 'zeek', 'csv'] as const
export type FormatName = (typeof FORMATS)[number]

export const MESSAGES = ['none', 'notable', 'all'] as const
export type Messages = (typeof MESSAGES)[number]

/** From the least. */
export const SEVERITIES = ['low', 'medium', 'high'] as const
export type Severity = (typeof SEVERITIES)[number]
