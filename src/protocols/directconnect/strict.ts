/** Commands whose words have the form that they must have: what tells them without a beginning. */
import { latin1 } from '../../core/text.ts'

const CID = '[A-Z2-7]{39}'
const SID = '[A-Z2-7]{4}'
const ENDPOINT = '(?:\\d{1,3}(?:\\.\\d{1,3}){3}|\\[[0-9a-fA-F:.]+\\]):\\d{1,5}'
/** Parts the fields of a result. */
const PART = String.fromCharCode(5)
const NICK = '[^ |$\\0\\r\\n]{1,64}'

// biome-ignore format: a table
const NMDC: readonly RegExp[] = [
  new RegExp(`^\\$Search (?:${ENDPOINT}|Hub:${NICK}) [TF]\\?[TF]\\?\\d{1,20}\\?\\d{1,2}\\?[^|\\0]+\\|`),
  new RegExp(`^\\$MultiSearch (?:${ENDPOINT}|Hub:${NICK}) [TF]\\?[TF]\\?\\d{1,20}\\?\\d{1,2}\\?[^|\\0]+\\|`),
  new RegExp(`^\\$ConnectToMe ${NICK} ${ENDPOINT}[NRS]{0,3}(?: ${NICK})?\\|`),
  new RegExp(`^\\$RevConnectToMe ${NICK} ${NICK}\\|`),
  new RegExp(`^\\$MyINFO \\$ALL ${NICK} [^$|\\0]*\\$[^$|]*\\$[^$|]*\\$[^$|]*\\$\\d*\\$\\|`),
  new RegExp(`^\\$To: ${NICK} From: ${NICK} \\$<${NICK}> [^|\\0]*\\|`),
  new RegExp(`^\\$SR ${NICK} [^${PART}|\\0]+${PART}[^|\\0]*\\([^()|]{0,128}\\)(?:${PART}[^${PART}|\\0]{0,64})?\\|`),
  new RegExp(`^\\$Quit ${NICK}\\|`),
  /^\$ADC(?:GET|SND) (?:file|tthl|list) [^|\0]+ \d{1,20} -?\d{1,20}(?: ZL1)?\|/,
  new RegExp(`^<${NICK}> [^|\\0]*\\|`),
  // What is said before that, where a capture begins behind the first words.
  /^\$Supports (?:[A-Za-z0-9]+ )*(?:NoHello|NoGetINFO|TTHSearch|UserCommand|UserIP2|MiniSlots|XmlBZList|ADCGet|TTHF)(?: [A-Za-z0-9]+)* ?\|/,
  /^\$Lock [!-~]{2,} Pk=[\x20-\x7b\x7d-\xff]*\|/,
  /^\$Version 1,\d{2,4}\|/,
  /^\$GetNickList\|/,
  /^\$HubName [^|\0]+\|/,
  /^\$Direction (?:Download|Upload) \d{1,5}\|/,
  new RegExp(`^\\$(?:Hello|LogedIn|ValidateNick|MyNick) ${NICK}\\|`),
  new RegExp(`^\\$(?:NickList|OpList) (?:${NICK}\\$\\$)+\\|`),
]
// biome-ignore format: a table
const ADC: readonly RegExp[] = [
  new RegExp(`^BINF ${SID}(?: [A-Z][A-Z0-9][^ \\n]*)+ ?\\n`),
  new RegExp(`^CINF ID${CID}(?: [A-Z][A-Z0-9][^ \\n]*)* ?\\n`),
  /^IINF(?: [A-Z][A-Z0-9][^ \n]*)+ ?\n/,
  /^[HCI]SUP(?: (?:AD|RM)[A-Z0-9]{4})+ ?\n/,
  new RegExp(`^ISID ${SID}\\n`),
  /^[ICH]STA [0-2]\d\d [^\n]*\n/,
  /^[CHI](?:GPA|PAS) [A-Z2-7]{39,}\n/,
  new RegExp(`^[BFE]MSG ${SID} [^\\n]+\\n`),
  new RegExp(`^[BF]SCH ${SID} (?:[^\\n]* )?(?:AN|TR|TO|NO|EX|TY)[^\\n]+\\n`),
  new RegExp(`^D(?:CTM|RCM|NAT|RNT) ${SID} ${SID} ADCS?/[\\d.]{3,5}(?: \\d{1,5})? \\d{1,20}\\n`),
  new RegExp(`^DRES ${SID} ${SID} [^\\n]*(?:TR|FN)[^\\n]+\\n`),
  new RegExp(`^IQUI ${SID}(?: [A-Z]{2}[^\\n]*)?\\n`),
  /^C(?:GET|SND) (?:file|tthl|list) [^ \n]+ \d{1,20} -?\d{1,20}(?: ZL1| RE1)*\n/,
]

/** Patterns are matched against so much of a head; one command of real hubs fits. */
const SCANNED = 4096

/**
 * How many whole commands stand at the start of a head.
 * @returns `bad` where the first is not one; what is behind a transfer's head is not looked at
 */
export function strictCommands(head: Uint8Array): {
  count: number
  bad: boolean
  part: 'hub' | 'peer'
} {
  let text = latin1(head, 0, SCANNED)
  let part: 'hub' | 'peer' = 'hub'
  let count = 0
  while (text.length > 0 && count < 4) {
    const isNmdc = text[0] === '$' || text[0] === '<'
    // Only whole commands are held against patterns: so none of them is tried in vain for long.
    const end = text.indexOf(isNmdc ? '|' : '\n') + 1
    const command = text.slice(0, end)
    if (end === 0 || !(isNmdc ? NMDC : ADC).some((pattern) => pattern.test(command))) break
    count++
    if (/^(?:\$ADC|C)(?:GET|SND)|^C(?:INF|SUP)|^\$(?:MyNick|Direction)/.test(command)) part = 'peer'
    text = text.slice(end)
    if (/^(?:\$ADC|C)SND/.test(command)) break
  }
  const end = lineEnd(head)
  const begins = /^[$<A-Z]/.test(latin1(head, 0, 1))
  const isOpen = begins && head.length < SCANNED && head.indexOf(0x7c) < 0 && end < 0
  return { count, bad: count === 0 && head.length > 0 && !isOpen, part }
}

/** Where the first line ends, or -1. */
export function lineEnd(head: Uint8Array): number {
  return head.indexOf(0x0a)
}

/** `$SR nick path ♣ size free/all ♣ TTH:… (hub)`, or `nick path free/all ♣ hub (…)` of a folder. */
export function isNmdcResult(bytes: Uint8Array): boolean {
  const parts = latin1(bytes, 0, SCANNED).split(PART)
  const last = parts.findLastIndex((part) => /\([^()|]*\)\|?$/.test(part))
  if (last < 1 || last > 2 || parts.length > last + 2 || parts.join('').includes('\0')) return false
  return /^\$SR [^ |]+ [^|]+/.test(parts[0]!) && /(?:^| )\d{1,5}\/\d{1,5}$/.test(parts[last - 1]!)
}

const ADC_RESULT = new RegExp(`^URES ${CID}(?: [A-Z][A-Z0-9][^ \\n]*)+\\n?$`)

export function isAdcResult(bytes: Uint8Array): boolean {
  return ADC_RESULT.test(latin1(bytes, 0, SCANNED))
}
