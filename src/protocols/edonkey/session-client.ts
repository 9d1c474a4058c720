/** A link between clients: who they are, what they ask and give each other, whom they name. */
import type { Json, Side } from '../../core/event.ts'
import { other } from '../../core/flow-teller.ts'
import { limits } from '../../core/limits.ts'
import { text } from '../../core/text.ts'
import { endpointOf } from './session-server.ts'
import { type Speaker, urnOf } from './speaker.ts'
import type { ClientTcpMessage } from './wire/client-tcp.ts'
import type { EmuleTcpMessage } from './wire/emule-tcp.ts'
import { addressOfId } from './wire/entries.ts'
import {
  type Capabilities,
  capabilities,
  type Hello,
  nickOf,
  softwareOf,
  udpPortsOf,
} from './wire/hello.ts'
import type { Answer, Question } from './wire/multipacket.ts'
import { addressUnder, readingsOf, type SourceList } from './wire/source-exchange.ts'
import { TAG, tagNumber } from './wire/tag.ts'

/** Contents of one flow whose bytes are counted apart. */
const TRANSFERS_MAX = 256

/** EMULEINFO with this in place of the protocol version tells the operating system (aMule). */
const OS_INFO = 0xff

interface Moved {
  readonly from: Side
  readonly hash: string
  readonly via: string
  bytes: number
}

export class ClientLink {
  readonly #say: Speaker
  readonly #hellos: [Capabilities | undefined, Capabilities | undefined] = [undefined, undefined]
  /** The file that a side asked for last, for messages that do not repeat it. */
  readonly #asked: [string | undefined, string | undefined] = [undefined, undefined]
  readonly #moved = new Map<string, Moved>()

  constructor(say: Speaker) {
    this.#say = say
  }

  /** Fields that are not in the body as it stands. */
  extraFields(read: { readonly type: string; readonly body?: unknown }): Record<string, Json> {
    if (read.type !== 'hello' && read.type !== 'hello-answer') return {}
    const said = read.body as Hello
    const { software, version } = softwareOf(said)
    const nick = nickOf(said)
    return {
      low_id: addressOfId(said.id) === undefined,
      ...(nick !== undefined && { nick }),
      software,
      ...(version !== undefined && { version }),
      capabilities: capabilities(said.tags),
    }
  }

  client(from: Side, read: ClientTcpMessage): void {
    const say = this.#say
    switch (read.type) {
      case 'hello':
      case 'hello-answer':
        return this.#hello(from, read.body)
      case 'shared-files':
        say.files(from, read.body, 'shared-files')
        return
      case 'shared-files-dir':
        say.files(from, read.body.files, 'shared-directory')
        return
      case 'ask-shared-files':
      case 'ask-shared-dirs':
      case 'ask-shared-files-dir':
        say.request(from, 'shared-files')
        return
      case 'set-request-file':
        return this.#ask(from, read.body)
      case 'request-file-name':
        return this.#ask(from, read.body.hash)
      case 'file-status':
        return this.#has(from, read.body.hash)
      case 'hash-set-request':
        return this.#ask(from, read.body)
      case 'start-upload':
        return this.#startUpload(from, read.body)
      case 'file-name':
        say.share(from, read.body.hash, 'file-name', text(read.body.name))
        return
      default:
    }
  }

  emule(from: Side, read: EmuleTcpMessage): void {
    const say = this.#say
    switch (read.type) {
      case 'emule-info':
      case 'emule-info-answer':
        return this.#info(from, read)
      case 'request-sources':
        say.request(from, 'source-exchange', urnOf(read.body))
        return
      case 'request-sources-2':
        say.request(from, 'source-exchange', urnOf(read.body.hash))
        return
      case 'answer-sources':
        return this.#sources(from, read.body.hash, read.body.list, this.#agreedVersion())
      case 'answer-sources-2':
        return this.#sources(from, read.body.hash, read.body.list, read.body.version)
      case 'multipacket':
        return this.#questions(from, read.body.hash, read.body.questions)
      case 'multipacket-ext':
        say.noteFile(read.body.hash, undefined, read.body.size)
        return this.#questions(from, read.body.hash, read.body.questions)
      case 'multipacket-ext-2':
        if (read.body.file.hash === undefined) return
        say.noteFile(read.body.file.hash, undefined, read.body.file.size)
        return this.#questions(from, read.body.file.hash, read.body.questions)
      case 'multipacket-answer':
        return this.#answers(from, read.body.hash, read.body.answers)
      case 'multipacket-ext-2-answer':
        if (read.body.file.hash === undefined) return
        return this.#answers(from, read.body.file.hash, read.body.answers)
      case 'callback':
        say.claim(from, endpointOf(read.body), 'peer', 'tcp', 'callback', {
          content: urnOf(read.body.file),
        })
        return
      case 'reask-callback':
        say.claim(from, endpointOf(read.body), 'peer-udp', 'udp', 'callback', {
          content: urnOf(read.body.hash),
        })
        return
      case 'request-preview':
        say.request(from, 'preview', urnOf(read.body))
        return
      case 'firewall-check-udp':
        for (const port of new Set([read.body.internalPort, read.body.externalPort])) {
          if (port === 0) continue
          const about = { ip: say.end(from).ip, port }
          say.claim(from, about, 'kad', 'udp', 'firewall-check')
        }
        return
      default:
    }
  }

  /** Part data went by. */
  data(from: Side, hash: string, name: string, bytes: number): void {
    const via = name.startsWith('sending') ? 'sending-part' : 'compressed-part'
    const key = `${from}${hash}${via}`
    const known = this.#moved.get(key)
    if (known !== undefined) known.bytes += bytes
    else if (this.#moved.size < TRANSFERS_MAX) this.#moved.set(key, { from, hash, via, bytes })
  }

  end(): void {
    for (const { from, hash, via, bytes } of this.#moved.values()) {
      const name = this.#say.names.get(hash)?.name
      this.#say.out.say({
        type: 'transfer',
        from: this.#say.end(from),
        to: this.#say.end(other(from)),
        content: urnOf(hash),
        ...(name !== undefined && { name }),
        bytes,
        via,
      })
    }
    this.#moved.clear()
  }

  #hello(from: Side, said: Hello): void {
    const say = this.#say
    this.#hellos[from] = capabilities(said.tags)
    const { software, version } = softwareOf(said)
    const nick = nickOf(said)
    const seenIp = say.end(from).ip
    const listens = { ip: addressOfId(said.id) ?? seenIp, port: said.port }
    say.out.say({
      type: 'client',
      who: say.end(from),
      software,
      ...(version !== undefined && { version }),
      id: said.userHash,
      ...(nick !== undefined && { nick }),
      listens,
    })
    // Id 0 means no server was asked; a LowID says that nobody can call.
    const callable = said.id === 0 || addressOfId(said.id) !== undefined
    if (callable && said.port !== 0) {
      say.claim(from, listens, 'peer', 'tcp', 'hello', { id: said.userHash })
      if (listens.ip !== seenIp) {
        say.claim(from, { ip: seenIp, port: said.port }, 'peer', 'tcp', 'hello', {
          id: said.userHash,
        })
      }
    }
    const ports = udpPortsOf(said)
    if (ports !== undefined && ports.kad !== 0) {
      say.claim(from, { ip: listens.ip, port: ports.kad }, 'kad', 'udp', 'hello')
    }
    if (ports !== undefined && ports.emule !== 0) {
      say.claim(from, { ip: listens.ip, port: ports.emule }, 'peer-udp', 'udp', 'hello')
    }
    if (said.serverPort !== 0 && said.serverIp !== '0.0.0.0') {
      const server = { ip: said.serverIp, port: said.serverPort }
      say.claim(from, server, 'server', 'tcp', 'hello-server')
    }
    this.#buddy(from, said)
  }

  /** A firewalled client names the one through which it can be called. Octets stand as spoken. */
  #buddy(from: Side, said: Hello): void {
    const ip = addressOfId(tagNumber(said.tags, TAG.buddyIp) ?? 0)
    const port = tagNumber(said.tags, TAG.buddyUdpPort)
    if (ip === undefined || port === undefined) return
    this.#say.claim(from, { ip, port: port % 65_536 }, 'kad', 'udp', 'hello-buddy')
  }

  #info(
    from: Side,
    read: Extract<EmuleTcpMessage, { type: 'emule-info' | 'emule-info-answer' }>,
  ): void {
    const { protocol, tags } = read.body
    if (protocol === OS_INFO) return
    const udpPort = tagNumber(tags, 0x21)
    if (udpPort !== undefined && udpPort !== 0 && udpPort < 65_536) {
      const about = { ip: this.#say.end(from).ip, port: udpPort }
      this.#say.claim(from, about, 'peer-udp', 'udp', 'emule-info')
    }
    const exchange = tagNumber(tags, 0x23)
    if (exchange === undefined) return
    this.#hellos[from] = { ...this.#hellos[from], source_exchange: exchange }
  }

  /**
   * The version of source exchange that both sides can speak. Below 3 either side's word is
   * enough; 3 and more takes both.
   */
  #agreedVersion(): number | undefined {
    const versions = this.#hellos.flatMap((said) => (said ? [said.source_exchange ?? 0] : []))
    const least = Math.min(...versions)
    if (versions.length === 2) return least
    return versions.length === 1 && least < 3 ? least : undefined
  }

  #sources(from: Side, hash: string, list: SourceList, version: number | undefined): void {
    const content = urnOf(hash)
    const readings = readingsOf(list.entryBytes, version)
    for (const source of list.sources.slice(0, limits.listedMax)) {
      for (const reading of readings) {
        const ip = addressUnder(reading, source.id)
        if (ip === undefined) continue
        this.#say.claim(from, { ip, port: source.port }, 'peer', 'tcp', 'source-exchange', {
          content,
          id: source.userHash,
          reading: readings.length > 1 ? reading : undefined,
        })
      }
      if (source.serverPort !== 0 && source.serverIp !== '0.0.0.0') {
        const server = { ip: source.serverIp, port: source.serverPort }
        if (this.#say.first(`server ${server.ip}:${server.port}`)) {
          this.#say.claim(from, server, 'server', 'tcp', 'source-exchange')
        }
      }
    }
  }

  #questions(from: Side, hash: string, questions: readonly Question[]): void {
    this.#ask(from, hash)
    for (const question of questions) {
      if (question.type === 'request-sources' || question.type === 'request-sources-2') {
        this.#say.request(from, 'source-exchange', urnOf(hash))
      }
    }
  }

  #answers(from: Side, hash: string, answers: readonly Answer[]): void {
    for (const answer of answers) {
      if (answer.type === 'file-name') {
        const size = this.#say.names.get(hash)?.size
        this.#say.share(from, hash, 'file-name', text(answer.name), size)
      } else if (answer.type === 'file-status') {
        this.#has(from, hash)
      }
    }
  }

  #ask(from: Side, hash: string): void {
    this.#asked[from] = hash
    if (this.#say.first(`ask ${from} ${hash}`)) this.#say.request(from, 'ask-file', urnOf(hash))
  }

  /** Telling its parts is saying that it has the file, or some of it. */
  #has(from: Side, hash: string): void {
    if (!this.#say.first(`has ${from} ${hash}`)) return
    if (this.#say.names.get(hash)?.name === undefined) this.#say.share(from, hash, 'file-status')
  }

  #startUpload(from: Side, hash: string | undefined): void {
    const content = hash ?? this.#asked[from]
    this.#say.request(from, 'start-upload', content === undefined ? undefined : urnOf(content))
  }
}
