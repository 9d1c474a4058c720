/** What NMDC commands mean, between client and hub, between clients, and in datagrams. */
import { type Endpoint, parseEndpoint, parseIp } from '../../core/address.ts'
import { sameBytes } from '../../core/bytes.ts'
import type { Side } from '../../core/event.ts'
import { type Fields, other } from '../../core/flow-teller.ts'
import { limits } from '../../core/limits.ts'
import { latin1, text } from '../../core/text.ts'
import { nameOf } from '../formats/file-path.ts'
import { fileUrn, numberOf, tthUrn } from './content.ts'
import type { Next } from './link.ts'
import type { Teller } from './teller.ts'
import type { Transfers } from './transfers.ts'
import { keyOf } from './wire/key.ts'

/** Command without `$`, what follows it as text and as bytes. */
interface Said {
  readonly name: string
  readonly rest: string
  readonly bytes: Uint8Array
}

type Reader = (side: Side, said: Said) => Next

const TYPES = [
  '',
  'any',
  'audio',
  'archive',
  'document',
  'program',
  'picture',
  'video',
  'folder',
  'tth',
]

/** All but lists of users are far shorter; more is noted and not taken apart. */
const WORDS_BYTES_MAX = 8192

export class NmdcMeanings {
  /** What the sender of a client-client lock says that brought it here. */
  hubUrl: string | undefined
  readonly #teller: Teller
  readonly #transfers: Transfers
  readonly #locks: [Uint8Array | undefined, Uint8Array | undefined] = [undefined, undefined]
  /** Where users were said to be. */
  readonly #addresses = new Map<string, Endpoint>()
  /** Asked for by `$Get`: the other side's `$FileLength` and our `$Send` begin it. */
  readonly #wanted: [Wanted | undefined, Wanted | undefined] = [undefined, undefined]
  readonly #nicks: [string | undefined, string | undefined] = [undefined, undefined]
  readonly #readers: Readonly<Record<string, Reader>>

  constructor(teller: Teller, transfers: Transfers) {
    this.#teller = teller
    this.#transfers = transfers
    // biome-ignore format: a table
    this.#readers = {
      Lock: (side, said) => this.#lock(side, said),
      Key: (side, said) => this.#key(side, said),
      Supports: (side, { rest }) => this.#log(side, 'supports', { features: rest.trim().split(/ +/).slice(0, limits.listedMax) }),
      ValidateNick: (side, { rest }) => this.#nick(side, 'validate-nick', rest),
      MyNick: (side, { rest }) => this.#nick(side, 'my-nick', rest),
      MyPass: (side) => this.#password(side),
      MyINFO: (side, { rest }) => this.#info(side, rest),
      Search: (side, { rest }) => this.#search(side, rest),
      MultiSearch: (side, { rest }) => this.#search(side, rest),
      SR: (side, { rest }) => this.#result(side, rest),
      ConnectToMe: (side, { rest }) => this.#connect(side, rest),
      MultiConnectToMe: (side, { rest }) => this.#connect(side, rest),
      RevConnectToMe: (side, { rest }) => this.#reverse(side, rest),
      ForceMove: (side, { rest }) => this.#move(side, rest),
      UserIP: (side, { rest }) => this.#userIp(side, rest),
      To: (side, { rest }) => this.#private(side, rest),
      Hello: (side, { rest }) => this.#log(side, 'hello', { nick: rest }),
      Quit: (side, { rest }) => this.#log(side, 'quit', { nick: rest }),
      Version: (side, { rest }) => this.#log(side, 'version', { version: rest }),
      Direction: (side, { rest }) => this.#log(side, 'direction', { text: rest }),
      HubName: (side, { rest }) => this.#log(side, 'hub-name', { text: rest }),
      NickList: (side, { rest }) => this.#nicksOf(side, 'nick-list', rest),
      OpList: (side, { rest }) => this.#nicksOf(side, 'op-list', rest),
      ZOn: () => 'deflated',
      ADCGET: (side, { rest }) => this.#adcGet(side, rest),
      ADCSND: (side, { rest }) => this.#adcSend(side, rest),
      Get: (side, { rest }) => this.#get(side, rest),
      FileLength: (side, { rest }) => this.#length(side, rest),
      Send: (side) => this.#send(side),
      UGetBlock: (side, { rest }) => this.#block(side, rest),
      Sending: (side, { rest }) => this.#sending(side, rest),
    }
  }

  read(side: Side, body: Uint8Array): Next {
    if (body.length === 0) return undefined
    if (body[0] !== 0x24) return this.#chat(side, text(body))
    const head = /^\$([A-Za-z]+)(?:: | |$)/.exec(latin1(body, 0, 64))
    if (head === null) return this.#log(side, 'other', { text: text(body, 0, 256) })
    const name = head[1]!
    const bytes = body.subarray(head[0].length)
    const isRead = Object.hasOwn(this.#readers, name)
    const isShort = bytes.length <= WORDS_BYTES_MAX || /^(?:Nick|Op)List$|^UserIP$/.test(name)
    const reader = isRead && isShort ? this.#readers[name] : undefined
    if (reader !== undefined) return reader(side, { name, rest: text(bytes), bytes })
    return this.#log(side, 'other', { command: name, text: text(bytes, 0, 256) })
  }

  #log(side: Side, name: string, fields: Fields): undefined {
    this.#teller.log(side, name, fields)
    return undefined
  }

  #chat(side: Side, said: string): undefined {
    const match = /^<([^>]*)> ?([\s\S]*)$/.exec(said)
    return this.#log(side, 'chat', { nick: match?.[1] ?? '', text: match?.[2] ?? said })
  }

  #lock(side: Side, { rest, bytes }: Said): undefined {
    const match = /^(.*?)(?: Pk=(.*?))?(?:Ref=(.*))?$/.exec(rest)
    const [lock, pk, ref] = [match?.[1] ?? rest, match?.[2], match?.[3]]
    const end = bytes.indexOf(0x20)
    this.#locks[side] = bytes.slice(0, end < 0 ? bytes.length : end)
    this.#log(side, 'lock', {
      lock,
      ...(pk !== undefined && { pk }),
      ...(ref !== undefined && { hub: ref }),
    })
    if (ref !== undefined) {
      this.hubUrl = ref
      this.#teller.claimHub(side, ref, 'lock-ref')
    }
    // Clients all write the same Pk for the sake of old ones; hubs are named truly.
    if (pk === undefined || this.#nicks[side] !== undefined) return undefined
    const program = /^([A-Za-z][A-Za-z+ -]*?)[ -]?v?(\d[\w.]*)?$/.exec(pk.trim())
    if (program === null) return undefined
    const [, software, version] = program
    const who = this.#teller.who(side)
    this.#teller.client({ who, software: software!, ...(version !== undefined && { version }) })
    return undefined
  }

  #key(side: Side, { bytes }: Said): undefined {
    const lock = this.#locks[other(side)]
    const wanted = lock === undefined ? undefined : keyOf(lock)
    return this.#log(side, 'key', wanted === undefined ? {} : { right: sameBytes(wanted, bytes) })
  }

  #nick(side: Side, name: string, nick: string): undefined {
    this.#nicks[side] = nick
    this.#teller.client({ who: this.#teller.who(side), nick })
    return this.#log(side, name, { nick })
  }

  #password(side: Side): undefined {
    const why = '$MyPass sends the password of a registered user in clear'
    this.#teller.threat(side, 'password-in-clear', 'low', why)
    return this.#log(side, 'my-pass', { password: '(redacted)' })
  }

  #info(side: Side, rest: string): undefined {
    const match = /^\$ALL ([^ ]+) ([^$]*)\$([^$]*)\$([^$]*)\$([^$]*)\$(\d*)\$/.exec(rest)
    if (match === null) return this.#log(side, 'my-info', { text: rest.slice(0, 256) })
    const [, nick, described, mode, speed, email, shared] = match as unknown as string[]
    const tagAt = described!.lastIndexOf('<')
    const tag = TAG.exec(tagAt < 0 ? '' : described!.slice(tagAt))
    const share = numberOf(shared)
    this.#log(side, 'my-info', {
      nick: nick!,
      description: tag === null ? described! : described!.slice(0, tagAt),
      ...(tag !== null && { client: `${tag[1]} ${tag[2]}` }),
      ...(modeOf(tag?.[3] ?? mode!) !== undefined && { mode: modeOf(tag?.[3] ?? mode!)! }),
      ...(tag?.[4] !== undefined && { hubs: tag[4] }),
      ...(tag?.[5] !== undefined && { slots: Number(tag[5]) }),
      speed: speed!.replace(/[^\x20-\x7e]/g, ''),
      ...(email !== '' && { email: '(redacted)' }),
      ...(share !== undefined && { share }),
    })
    if (tag !== null && this.#nicks[side] === nick) {
      const who = this.#teller.who(side)
      this.#teller.client({ who, software: tag[1]!, version: tag[2]!, nick: nick! })
    }
    return undefined
  }

  #search(side: Side, rest: string): undefined {
    const match = /^(?:Hub:(\S+)|(\S+)) ([TF])\?([TF])\?(\d+)\?(\d+)\?([\s\S]*)$/.exec(rest)
    if (match === null) return this.#log(side, 'search', { text: rest.slice(0, 256) })
    const [, nick, address, limited, isMax, size, kind, pattern] = match as unknown as string[]
    const about = address === undefined ? undefined : parseEndpoint(address)
    const content = /^TTH:/i.test(pattern!) ? tthUrn(pattern!.slice(4)) : undefined
    const words = pattern!.replaceAll('$', ' ')
    this.#log(side, 'search', {
      ...(address !== undefined && { address }),
      ...(nick !== undefined && { nick }),
      text: words,
      ...(TYPES[Number(kind)] && { kind: TYPES[Number(kind)]! }),
      ...(limited === 'T' &&
        numberOf(size) !== undefined && {
          [isMax === 'T' ? 'size_max' : 'size_min']: numberOf(size)!,
        }),
    })
    if (about !== undefined) this.#teller.claim(side, about, 'results', 'active-search', content)
    // From a client it is its own; a hub repeats those of others.
    const isOwn = nick === undefined || this.#nicks[side] === nick
    const by = isOwn && !this.#isHub(side) ? this.#teller.who(side) : about
    if (about !== undefined && !this.#isHub(side)) this.#teller.checkOwn(side, about, '$Search')
    this.#teller.search({
      by: by ?? this.#addresses.get(nick ?? '') ?? this.#teller.who(side),
      via: 'hub',
      ...(content === undefined ? { text: words } : { content }),
    })
    return undefined
  }

  /** At a hub, the side that gave no nick of its own. */
  #isHub(side: Side): boolean {
    return this.#nicks[side] === undefined && this.#nicks[other(side)] !== undefined
  }

  #result(side: Side, rest: string): undefined {
    const parts = rest.split(String.fromCharCode(5))
    const found = /^(\S+) ([\s\S]*)$/.exec(parts[0]!)
    const tail = parts.findIndex((part, i) => i > 0 && /\([^()]*\)$/.test(part))
    const slots = /^(?:(\d+) |[\s\S]* )?(\d+)\/(\d+)$/.exec(parts[tail - 1] ?? '')
    if (found === null || tail < 1) return this.#log(side, 'result', { text: rest.slice(0, 256) })
    const [, nick, path] = found as unknown as [string, string, string]
    const hub = /^([\s\S]*?) ?\(([^()]*)\)$/.exec(parts[tail]!)!
    const size = tail >= 2 ? numberOf(slots?.[1]) : undefined
    const content = /^TTH:/i.test(hub[1]!) ? tthUrn(hub[1]!.slice(4)) : undefined
    this.#log(side, 'result', {
      nick,
      path,
      ...(size !== undefined && { size }),
      ...(slots !== null && { free_slots: Number(slots[2]), slots: Number(slots[3]) }),
      ...(content !== undefined && { content }),
      hub: hub[2]!,
    })
    this.#teller.claimHub(side, hub[2]!, 'search-result')
    const isOwn = this.#teller.flow.carrier === 'udp' || this.#nicks[side] === nick
    const by = isOwn ? this.#teller.who(side) : this.#addresses.get(nick)
    if (by === undefined || size === undefined) return undefined
    const name = nameOf(path)
    this.#teller.share({ by, content: content ?? fileUrn(path, size), via: 'result', name, size })
    return undefined
  }

  #connect(side: Side, rest: string): undefined {
    const match = /^(\S+) (\S+?:\d+)([NRS]*)(?: (\S+))?$/.exec(rest.trim())
    if (match === null) return this.#log(side, 'connect-to-me', { text: rest.slice(0, 256) })
    const [, nick, address, flags, from] = match as unknown as string[]
    const about = parseEndpoint(address!)
    this.#log(side, 'connect-to-me', {
      nick: nick!,
      address: address!,
      ...(flags !== '' && { flags: flags! }),
      ...(from !== undefined && { from }),
    })
    if (about === undefined) return undefined
    const part = flags!.includes('S') ? 'peer-tls' : 'peer'
    this.#teller.claim(side, about, part, 'connect-to-me')
    if (!this.#isHub(side)) this.#teller.checkOwn(side, about, '$ConnectToMe')
    return undefined
  }

  #reverse(side: Side, rest: string): undefined {
    const [from, nick] = rest.split(' ')
    return this.#log(side, 'rev-connect-to-me', { from: from ?? '', nick: nick ?? '' })
  }

  #move(side: Side, rest: string): undefined {
    this.#teller.claimHub(side, rest.trim(), 'force-move')
    return this.#log(side, 'force-move', { hub: rest })
  }

  #userIp(side: Side, rest: string): undefined {
    const users = rest.split('$$').filter((user) => user.includes(' '))
    for (const user of users.slice(0, limits.listedMax)) {
      const [nick, address] = user.split(' ') as [string, string]
      const ip = parseIp(address)
      if (ip === undefined) continue
      if (this.#addresses.size < limits.listedMax) this.#addresses.set(nick, { ip, port: 0 })
      this.#teller.claim(side, { ip, port: 0 }, 'peer', 'user-ip')
    }
    return this.#log(side, 'user-ip', { users: users.length })
  }

  #private(side: Side, rest: string): undefined {
    const match = /^(\S+) From: (\S+) \$(?:<[^>]*> ?)?([\s\S]*)$/.exec(rest)
    if (match === null) return this.#log(side, 'private', { text: rest.slice(0, 256) })
    return this.#log(side, 'private', { nick: match[1]!, from: match[2]!, text: match[3]! })
  }

  #nicksOf(side: Side, name: string, rest: string): undefined {
    const nicks = rest.split('$$').filter((nick) => nick !== '')
    return this.#log(side, name, { users: nicks.length, nicks: nicks.slice(0, limits.listedMax) })
  }

  #adcGet(side: Side, rest: string): undefined {
    const match = TRANSFER.exec(rest)
    if (match === null) return this.#log(side, 'get', { text: rest.slice(0, 256) })
    this.#transfers.ask(side, match[1]!, plainName(match[2]!), numberOf(match[3]))
    return undefined
  }

  #adcSend(side: Side, rest: string): Next {
    const match = TRANSFER.exec(rest)
    const told = numberOf(match?.[4])
    if (match === null || told === undefined)
      return this.#log(side, 'send', { text: rest.slice(0, 256) })
    return this.#transfers.answer(
      side,
      match[1]!,
      plainName(match[2]!),
      told,
      / ZL1\b/.test(match[5]!),
    )
  }

  #get(side: Side, rest: string): undefined {
    const match = /^([\s\S]*?)(?:\$(\d+))?$/.exec(rest)!
    const name = match[1]!
    const start = Math.max(0, (numberOf(match[2]) ?? 1) - 1)
    this.#wanted[side] = { name, start, size: undefined }
    this.#transfers.ask(side, 'file', name, start)
    return undefined
  }

  #length(side: Side, rest: string): undefined {
    const size = numberOf(rest)
    const wanted = this.#wanted[other(side)]
    if (wanted !== undefined) wanted.size = size
    return this.#log(side, 'file-length', size === undefined ? {} : { size })
  }

  /** The one who wants is ready: the *other* side sends what is left, without another word. */
  #send(side: Side): undefined {
    this.#log(side, 'ready', {})
    const wanted = this.#wanted[side]
    if (wanted?.size === undefined) return undefined
    this.#begin(other(side), wanted)
    return undefined
  }

  /** Set by the reader: where content of a side begins that its own commands do not announce. */
  begin: ((side: Side, next: Next) => void) | undefined

  #begin(side: Side, wanted: Wanted): void {
    const left = Math.max(0, wanted.size! - wanted.start)
    this.begin?.(side, this.#transfers.answer(side, 'file', wanted.name, left, false))
    wanted.size = undefined
  }

  #block(side: Side, rest: string): undefined {
    const match = /^(\d+) (-?\d+) ([\s\S]*)$/.exec(rest)
    if (match === null) return this.#log(side, 'get', { text: rest.slice(0, 256) })
    const start = numberOf(match[1]) ?? 0
    this.#wanted[side] = { name: match[3]!, start, size: undefined }
    this.#transfers.ask(side, 'file', match[3]!, start)
    return undefined
  }

  #sending(side: Side, rest: string): Next {
    const told = numberOf(rest)
    const wanted = this.#wanted[other(side)]
    if (told === undefined || wanted === undefined) return this.#log(side, 'send', {})
    return this.#transfers.answer(side, 'file', wanted.name, told, false)
  }
}

/** The last `<…>` of a description: program, version, mode, hubs, slots. */
const TAG = /^<([^<> ]+) V:([^,>]*)(?:,M:([^,>]*))?(?:,H:([\d/]*))?(?:,S:(\d+))?[^>]*>$/

interface Wanted {
  readonly name: string
  readonly start: number
  size: number | undefined
}

const TRANSFER = /^(file|tthl|list) ([\s\S]+) (\d+) (-?\d+)((?: [A-Z]{2}\d?)*)$/

/** Names escape spaces as ADC does. */
function plainName(name: string): string {
  return name.replace(/\\([s\\])/g, (_, letter: string) => (letter === 's' ? ' ' : '\\'))
}

function modeOf(mode: string): string | undefined {
  if (mode === 'A') return 'active'
  if (mode === 'P') return 'passive'
  return mode === '5' ? 'socks' : undefined
}
