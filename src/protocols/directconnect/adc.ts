/** What ADC lines mean, between client and hub, between clients, and in datagrams. */
import { type Endpoint, parseIp } from '../../core/address.ts'
import type { Json, Side } from '../../core/event.ts'
import { type Fields, other } from '../../core/flow-teller.ts'
import { limits } from '../../core/limits.ts'
import { text } from '../../core/text.ts'
import { nameOf } from '../formats/file-path.ts'
import { fileUrn, numberOf, tthUrn } from './content.ts'
import type { Next } from './link.ts'
import type { Teller } from './teller.ts'
import type { Transfers } from './transfers.ts'
import { type AdcLine, type Named, namedOf, unescaped } from './wire/adc.ts'

/** What a hub's users said of themselves, by session id. */
interface User {
  nick?: string
  ip?: string
  udp?: number
}

interface Line {
  readonly side: Side
  readonly kind: string
  /** Positional words, after the session ids. */
  readonly words: readonly string[]
  readonly named: Named
  /** Session id or client id of who speaks. */
  readonly source: string | undefined
  readonly target: string | undefined
}

/** Session ids in front, by kind of line: who speaks, and whom it is for. */
// biome-ignore format: a table
const IDS: Readonly<Record<string, number>> = { B: 1, F: 1, D: 2, E: 2, U: 1, H: 0, I: 0, C: 0 }

export class AdcMeanings {
  /** What the caller of a client-client link says that brought it here. */
  hubUrl: string | undefined
  readonly #teller: Teller
  readonly #transfers: Transfers
  readonly #users = new Map<string, User>()
  /** The session id of a hub's client, and which side he is. */
  #client: Side | undefined
  #sid: string | undefined

  constructor(teller: Teller, transfers: Transfers) {
    this.#teller = teller
    this.#transfers = transfers
  }

  read(side: Side, { header, body }: AdcLine): Next {
    if (header === '') return undefined
    const words = text(body).split(' ').slice(1)
    const kind = header[0]!
    let count = IDS[kind]!
    // F has the wanted features behind the session id.
    if (kind === 'F' && /^[+-]/.test(words[1] ?? '')) count = 2
    const rest = words.slice(count)
    const line: Line = {
      side,
      kind,
      words: rest,
      named: namedOf(rest),
      source: count > 0 ? words[0] : undefined,
      target: kind === 'D' || kind === 'E' ? words[1] : undefined,
    }
    return this.#command(header.slice(1), line)
  }

  // biome-ignore format: a table
  #command(command: string, line: Line): Next {
    switch (command) {
      case 'SUP': return this.#support(line)
      case 'SID': return this.#session(line)
      case 'INF': return this.#info(line)
      case 'MSG': return this.#log(line, 'chat', { text: unescaped(line.words[0] ?? '') })
      case 'SCH': return this.#search(line)
      case 'RES': return this.#result(line)
      case 'CTM': case 'NAT': case 'RNT': return this.#connect(line, command)
      case 'RCM': return this.#log(line, 'rev-connect-to-me', protocolOf(line))
      case 'GPA': return this.#log(line, 'get-pass', {})
      case 'PAS': return this.#log(line, 'my-pass', { password: '(redacted)' })
      case 'QUI': return this.#quit(line)
      case 'STA': return this.#status(line)
      case 'GET': return this.#get(line)
      case 'SND': return this.#send(line)
      case 'ZON': return 'deflated'
      default: return this.#log(line, 'other', { command: `${line.kind}${command}` })
    }
  }

  #log({ side, kind, source, target }: Line, name: string, fields: Fields): undefined {
    const nick = source === undefined ? undefined : this.#users.get(source)?.nick
    this.#teller.log(side, name, {
      ...(source !== undefined && { [kind === 'U' ? 'cid' : 'sid']: source }),
      ...(nick !== undefined && fields.nick === undefined && { nick }),
      ...(target !== undefined && { target }),
      ...fields,
    })
    return undefined
  }

  #support(line: Line): undefined {
    if (line.kind === 'H') this.#client = line.side
    if (line.kind === 'I') this.#client = other(line.side)
    const features = line.words.filter((word) => word !== '').slice(0, limits.listedMax)
    return this.#log(line, 'supports', { features })
  }

  #session(line: Line): undefined {
    this.#client = other(line.side)
    this.#sid = line.words[0]
    return this.#log(line, 'sid', { sid: line.words[0] ?? '' })
  }

  #info(line: Line): undefined {
    const { side, kind, named, source } = line
    const one = (name: string) => named.get(name)?.[0]
    const isSecret = named.has('PD')
    const isFromHub = this.#client !== undefined && side !== this.#client
    if (isSecret && isFromHub) {
      const why = 'a hub relays the PD of a user: who has it can take over his client id'
      this.#teller.threat(side, 'leaked-secret', 'high', why)
    }
    this.#log(line, 'info', infoFields(named, isSecret))
    const user = source === undefined ? undefined : this.#learn(source, named, isFromHub)
    const isOwn = kind === 'C' || kind === 'I' || kind === 'H' || !isFromHub
    const who = isOwn ? this.#teller.who(side) : (endpointOf(user) ?? undefined)
    const software = programOf(one('AP'), one('VE'))
    const [nick, cid] = [one('NI'), one('ID')]
    const says = nick !== undefined || cid !== undefined || software.software !== undefined
    if (who !== undefined && says) {
      this.#teller.client({
        who,
        ...software,
        ...(nick !== undefined && { nick }),
        ...(cid !== undefined && { id: cid }),
      })
    }
    if (kind === 'B') this.#claimAddresses(side, named, isFromHub)
    return undefined
  }

  #learn(sid: string, named: Named, isFromHub: boolean): User {
    const user = this.#users.get(sid) ?? {}
    const nick = named.get('NI')?.[0]
    const ip = parseIp(named.get('I4')?.[0] ?? '') ?? parseIp(named.get('I6')?.[0] ?? '')
    const udp = portOf(named.get('U4')?.[0]) ?? portOf(named.get('U6')?.[0])
    if (nick !== undefined) user.nick = nick
    // Zeros ask the hub to write the address that it sees.
    if (ip !== undefined && !isZero(ip)) user.ip = ip
    else if (!isFromHub && this.#client !== undefined && user.ip === undefined) {
      user.ip = this.#teller.who(this.#client).ip
    }
    if (udp !== undefined) user.udp = udp
    if (this.#users.size < limits.listedMax || this.#users.has(sid)) this.#users.set(sid, user)
    return user
  }

  #claimAddresses(side: Side, named: Named, isFromHub: boolean): void {
    for (const version of ['4', '6']) {
      const told = parseIp(named.get(`I${version}`)?.[0] ?? '')
      const udp = portOf(named.get(`U${version}`)?.[0])
      if (told === undefined) continue
      const ip = isZero(told) && !isFromHub ? this.#teller.who(side).ip : told
      const about = { ip, port: udp ?? 0 }
      this.#teller.claim(side, about, udp === undefined ? 'peer' : 'results', 'info')
      if (!isFromHub && this.#client !== undefined) this.#teller.checkOwn(side, about, 'INF')
    }
  }

  #search(line: Line): undefined {
    const { side, named, source } = line
    const tth = named.get('TR')?.[0]
    const content = tth === undefined ? undefined : tthUrn(tth)
    const words = (named.get('AN') ?? []).join(' ')
    const fields: Record<string, Json> = { text: words }
    for (const [name, key] of SEARCH_FIELDS) {
      const values = named.get(name)
      if (values !== undefined) fields[key] = values.slice(0, limits.listedMax).join(' ')
    }
    for (const [name, key] of SEARCH_SIZES) {
      const size = numberOf(named.get(name)?.[0])
      if (size !== undefined) fields[key] = size
    }
    this.#log(line, 'search', fields)
    const user = source === undefined ? undefined : this.#users.get(source)
    const isFromHub = this.#client !== undefined && side !== this.#client
    const about = endpointOf(user)
    if (about !== undefined && about.port > 0) {
      this.#teller.claim(side, about, 'results', 'active-search', content)
    }
    if (words === '' && content === undefined) return undefined
    this.#teller.search({
      by: isFromHub ? (about ?? this.#teller.who(side)) : this.#teller.who(side),
      via: line.kind === 'U' ? 'udp' : 'hub',
      ...(content === undefined ? { text: words } : { content }),
    })
    return undefined
  }

  #result(line: Line): undefined {
    const { side, kind, named, source } = line
    const path = named.get('FN')?.[0] ?? ''
    const size = numberOf(named.get('SI')?.[0])
    const content = tthUrn(named.get('TR')?.[0] ?? '')
    const slots = numberOf(named.get('SL')?.[0])
    this.#log(line, 'result', {
      path,
      ...(size !== undefined && { size }),
      ...(slots !== undefined && { free_slots: slots }),
      ...(content !== undefined && { content }),
    })
    const isOwn = kind === 'U' || kind === 'C' || side === this.#client
    const by = isOwn ? this.#teller.who(side) : endpointOf(this.#users.get(source ?? ''))
    if (by === undefined || size === undefined || path.endsWith('/')) return undefined
    const name = nameOf(path)
    this.#teller.share({ by, content: content ?? fileUrn(path, size), via: 'result', name, size })
    return undefined
  }

  /** CTM protocol port token; NAT and RNT the same with a port that the sender just opened. */
  #connect(line: Line, command: string): undefined {
    const { side, words, source } = line
    const port = portOf(words[1])
    const name = command === 'CTM' ? 'connect-to-me' : command === 'NAT' ? 'nat' : 'rev-nat'
    this.#log(line, name, { ...protocolOf(line), ...(port !== undefined && { port }) })
    if (port === undefined) return undefined
    const isOwn = this.#client === side && (this.#sid === undefined || this.#sid === source)
    const ip = this.#users.get(source ?? '')?.ip ?? (isOwn ? this.#teller.who(side).ip : undefined)
    if (ip === undefined) return undefined
    const part = /^ADCS/.test(words[0] ?? '') ? 'peer-tls' : 'peer'
    this.#teller.claim(side, { ip, port }, part, name)
    return undefined
  }

  #quit(line: Line): undefined {
    const { side, words, named } = line
    const hub = named.get('RD')?.[0]
    this.#log(line, 'quit', { sid: words[0] ?? '', ...(hub !== undefined && { hub }) })
    if (hub !== undefined) this.#teller.claimHub(side, hub, 'redirect')
    this.#users.delete(words[0] ?? '')
    return undefined
  }

  #status(line: Line): undefined {
    const { side, kind, words, named } = line
    const hub = kind === 'C' ? named.get('RF')?.[0] : undefined
    const code = numberOf(words[0])
    this.#log(line, 'status', {
      ...(code !== undefined && { code }),
      text: unescaped(words[1] ?? ''),
      ...(hub !== undefined && { hub }),
    })
    if (hub === undefined) return undefined
    this.hubUrl = hub
    this.#teller.claimHub(side, hub, 'status-ref')
    return undefined
  }

  #get(line: Line): undefined {
    const [kind = '', name = '', start] = line.words
    // At a hub it asks for a bloom filter of roots.
    if (kind === 'blom') return this.#log(line, 'get', { kind })
    this.#transfers.ask(line.side, kind, unescaped(name), numberOf(start))
    return undefined
  }

  #send(line: Line): Next {
    const [kind = '', name = '', , size, ...flags] = line.words
    const told = numberOf(size)
    if (told === undefined) return this.#log(line, 'send', { kind })
    return this.#transfers.answer(line.side, kind, unescaped(name), told, flags.includes('ZL1'))
  }
}

// biome-ignore format: a table
const SEARCH_FIELDS = [
  ['NO', 'without'], ['EX', 'extensions'], ['TO', 'token'], ['TR', 'tth'],
] as const

const SEARCH_SIZES = [
  ['GE', 'size_min'],
  ['LE', 'size_max'],
  ['EQ', 'size_is'],
] as const

// biome-ignore format: a table
const INFO_TEXTS = [
  ['NI', 'nick'], ['DE', 'description'], ['ID', 'cid'], ['I4', 'ip'], ['I6', 'ip6'],
  ['VE', 'version'], ['AP', 'application'], ['SU', 'supports'], ['TO', 'token'], ['KP', 'certificate'],
] as const

// biome-ignore format: a table
const INFO_NUMBERS = [
  ['U4', 'port'], ['U6', 'port6'], ['SS', 'share'], ['SF', 'files'], ['SL', 'slots'], ['FS', 'free_slots'],
] as const

function infoFields(named: Named, isSecret: boolean): Fields {
  const fields: Record<string, Json> = {}
  for (const [name, key] of INFO_TEXTS) {
    const value = named.get(name)?.[0]
    if (value !== undefined) fields[key] = value
  }
  for (const [name, key] of INFO_NUMBERS) {
    const value = numberOf(named.get(name)?.[0])
    if (value !== undefined) fields[key] = value
  }
  if (named.has('EM')) fields.email = '(redacted)'
  if (isSecret) fields.pid = '(redacted)'
  return fields
}

/** `AP` and `VE`, or both in VE as hubs and older clients write: `uhub/0.4.1-release`, `++ 0.706`. */
function programOf(
  application: string | undefined,
  version: string | undefined,
): { software?: string; version?: string } {
  if (application !== undefined) {
    return { software: application, ...(version !== undefined && { version }) }
  }
  const match = /^(.+?)[/ ]v?(\d\S*)$/.exec(version ?? '')
  if (match !== null) return { software: match[1]!, version: match[2]! }
  return version === undefined || version === '' ? {} : { version }
}

function protocolOf({ words }: Line): Fields {
  const token = words.at(-1)
  return {
    protocol: words[0] ?? '',
    ...(token !== undefined && words.length > 1 && { token }),
  }
}

function portOf(value: string | undefined): number | undefined {
  const port = numberOf(value)
  return port === undefined || port > 65_535 ? undefined : port
}

function endpointOf(user: User | undefined): Endpoint | undefined {
  return user?.ip === undefined ? undefined : { ip: user.ip, port: user.udp ?? 0 }
}

function isZero(ip: string): boolean {
  return ip === '0.0.0.0' || ip === '::'
}
