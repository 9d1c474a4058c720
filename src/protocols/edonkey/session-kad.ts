/** Kad and Overnet: who names whom, who looks for what, who publishes what. */
import { ip4OfNumber } from '../../core/address.ts'
import type { Side } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import { keywordsIn } from './keyword.ts'
import { type Speaker, sizeOf, urnOf } from './speaker.ts'
import { addressOfId } from './wire/entries.ts'
import type { KadBody, KadContact, KadEntry } from './wire/kad.ts'
import type { OvernetMessage, OvernetPeer } from './wire/overnet.ts'
import { treeText, treeWords } from './wire/search-tree.ts'
import { findTag, TAG, type Tag, tagNumber, tagText } from './wire/tag.ts'

/** What a publisher says of how it can be reached. Source: eMule kademlia/kademlia/Search.cpp. */
export const SOURCE_OPEN: ReadonlySet<number> = new Set([1, 4])
const SOURCE_BUDDY = new Set([3, 5])
const SOURCE_DIRECT_CALLBACK = 6

/** A keyword as content: its MD4 is all that Kad tells. */
function keywordUrn(id: string): string {
  return `urn:kad-keyword:${id}`
}

export class KadTalk {
  readonly #say: Speaker
  /** Kad ids of both ends, as far as this flow told them. */
  readonly ids: [string | undefined, string | undefined] = [undefined, undefined]
  /** Verify keys, learnt from datagrams that were opened. */
  readonly keys: [number | undefined, number | undefined] = [undefined, undefined]

  constructor(say: Speaker) {
    this.#say = say
  }

  message(from: Side, read: KadBody): void {
    const say = this.#say
    switch (read.type) {
      case 'kad1-bootstrap-request':
      case 'kad1-hello-request':
      case 'kad1-hello-response':
        this.ids[from] = read.body.id
        return this.#contacts(from, [read.body], 'kad-hello')
      case 'hello-request':
      case 'hello-response':
      case 'bootstrap-response':
        this.#hello(from, read.body)
        if (read.type === 'bootstrap-response') {
          this.#contacts(from, read.body.contacts, 'kad-contacts')
        }
        return
      case 'hello-ack':
        this.ids[from] = read.body.id
        return
      case 'kad1-bootstrap-response':
        return this.#contacts(from, read.body, 'kad-contacts')
      case 'request':
      case 'kad1-request':
        this.ids[from === 0 ? 1 : 0] = read.body.receiver
        return
      case 'response':
      case 'kad1-response':
        return this.#contacts(from, read.body.contacts, 'kad-contacts')
      case 'firewalled-request':
        return this.#listens(from, read.body, 'kad-firewall-check')
      case 'firewalled-request-2':
        return this.#listens(from, read.body.tcpPort, 'kad-firewall-check', read.body.userHash)
      case 'find-buddy-request':
      case 'find-buddy-response':
        return this.#listens(from, read.body.tcpPort, 'kad-buddy')
      case 'kad-callback-request': {
        const about = { ip: say.end(from).ip, port: read.body.tcpPort }
        say.claim(from, about, 'peer', 'tcp', 'callback', { content: urnOf(read.body.file) })
        return
      }
      default:
        this.#content(from, read)
    }
  }

  /** What is looked for, found and published. */
  #content(from: Side, read: KadBody): void {
    const say = this.#say
    switch (read.type) {
      case 'search-key': {
        const words = read.body.tree === undefined ? [] : treeWords(read.body.tree)
        const found = keywordsIn(words.join(' ')).get(read.body.target)
        const rest = read.body.tree === undefined ? undefined : treeText(read.body.tree)
        say.search(from, 'kad-keyword', found ?? rest, keywordUrn(read.body.target))
        return
      }
      case 'kad1-search': {
        const tree = read.body.tree
        const words = tree === undefined ? undefined : treeText(tree)
        say.search(from, 'kad-keyword', words, keywordUrn(read.body.target))
        return
      }
      case 'search-source':
        say.noteFile(read.body.target, undefined, read.body.size)
        say.request(from, 'search-source', urnOf(read.body.target))
        return
      case 'search-notes':
        say.request(from, 'search-notes', urnOf(read.body.target))
        return
      case 'kad1-search-notes':
        say.request(from, 'search-notes', urnOf(read.body))
        return
      case 'search-response':
        this.ids[from] = read.body.sender
        return this.#results(from, read.body.target, read.body.entries)
      case 'kad1-search-response':
      case 'kad1-notes-response':
        return this.#results(from, read.body.target, read.body.entries)
      case 'publish-key':
      case 'kad1-publish':
        return this.#published(from, read.body.target, read.body.entries)
      case 'publish-source':
        return this.#source(from, read.body.target, read.body.publisher, read.body.tags, {
          via: 'kad-publish',
          // Who publishes need not tell its address: it is the datagram's.
          ip: say.end(from).ip,
        })
      case 'publish-notes':
      case 'kad1-publish-notes':
        return this.#note(from, read.body.target, read.body.tags)
      default:
    }
  }

  overnet(from: Side, read: OvernetMessage): void {
    switch (read.type) {
      case 'overnet-connect':
        return this.#peers(from, [read.body])
      case 'overnet-publicize':
        return this.#peers(from, read.body === undefined ? [] : [read.body])
      case 'overnet-connect-reply':
        return this.#peers(from, read.body)
      case 'overnet-search-next':
        return this.#peers(from, read.body.peers)
      case 'overnet-search':
      case 'overnet-get-results':
        this.#say.request(from, 'overnet-search', urnOf(read.body.target))
        return
      default:
    }
  }

  #peers(from: Side, peers: readonly OvernetPeer[]): void {
    for (const { ip, port, id } of peers.slice(0, limits.listedMax)) {
      this.#say.claim(from, { ip, port }, 'overnet', 'udp', 'overnet-peers', { id })
    }
  }

  #contacts(from: Side, contacts: readonly KadContact[], via: string): void {
    for (const { id, ip, udpPort, tcpPort } of contacts.slice(0, limits.listedMax)) {
      this.#say.claim(from, { ip, port: udpPort }, 'kad', 'udp', via, { id })
      if (tcpPort !== 0) this.#say.claim(from, { ip, port: tcpPort }, 'peer', 'tcp', via, { id })
    }
  }

  #hello(
    from: Side,
    said: {
      readonly id: string
      readonly tcpPort: number
      readonly version: number
      readonly tags?: readonly Tag[]
    },
  ): void {
    this.ids[from] = said.id
    if (!this.#say.first(`hello ${from} ${said.id} ${said.tcpPort}`)) return
    const who = this.#say.end(from)
    this.#say.out.say({ type: 'client', who, id: said.id, version: `Kad ${said.version}` })
    this.#listens(from, said.tcpPort, 'kad-hello', said.id)
    const port = tagNumber(said.tags ?? [], TAG.kadUdpPort)
    if (port !== undefined && port !== 0 && port !== who.port && port < 65_536) {
      this.#say.claim(from, { ip: who.ip, port }, 'kad', 'udp', 'kad-hello', { id: said.id })
    }
  }

  #listens(from: Side, port: number, via: string, id?: string): void {
    if (port === 0) return
    this.#say.claim(from, { ip: this.#say.end(from).ip, port }, 'peer', 'tcp', via, { id })
  }

  /** Results of a keyword are files, of a file its sources, of notes comments on it. */
  #results(from: Side, target: string, entries: readonly KadEntry[]): void {
    for (const entry of entries.slice(0, limits.listedMax)) {
      if (findTag(entry.tags, TAG.kadSourceType) !== undefined) {
        this.#source(from, target, entry.id, entry.tags, { via: 'kad-source', ip: undefined })
      } else if (findTag(entry.tags, TAG.size) !== undefined) {
        const name = tagText(entry.tags, TAG.name)
        this.#keyword(from, target, name)
        this.#say.share(from, entry.id, 'kad-search-result', name, sizeOf(entry.tags))
      } else {
        this.#note(from, target, entry.tags)
      }
    }
  }

  #published(from: Side, keyword: string, entries: readonly KadEntry[]): void {
    for (const entry of entries.slice(0, limits.listedMax)) {
      // Kad1 publishes sources with the same opcode as keywords.
      if (findTag(entry.tags, TAG.kadSourceType) !== undefined) {
        const how = { via: 'kad-publish', ip: this.#say.end(from).ip }
        this.#source(from, keyword, entry.id, entry.tags, how)
        continue
      }
      const name = tagText(entry.tags, TAG.name)
      this.#say.share(from, entry.id, 'kad-publish-key', name, sizeOf(entry.tags))
    }
  }

  /** The word that somebody looked for is among those of the names that were found. */
  #keyword(from: Side, target: string, name: string | undefined): void {
    const word = name === undefined ? undefined : keywordsIn(name).get(target)
    if (word === undefined || !this.#say.first(`keyword ${target}`)) return
    this.#say.search(from === 0 ? 1 : 0, 'kad-keyword-of-result', word, keywordUrn(target))
  }

  #note(from: Side, target: string, tags: readonly Tag[]): void {
    this.#say.share(from, target, 'kad-notes', tagText(tags, TAG.name), sizeOf(tags))
  }

  #source(
    from: Side,
    file: string,
    client: string,
    tags: readonly Tag[],
    how: { readonly via: string; readonly ip: string | undefined },
  ): void {
    const content = urnOf(file)
    this.#say.noteFile(file, undefined, sizeOf(tags))
    const kind = tagNumber(tags, TAG.kadSourceType) ?? 0
    // The address is a number here, first octet most significant: reversed on the wire.
    const told = tagNumber(tags, TAG.kadSourceIp)
    const ip = told === undefined ? how.ip : ip4OfNumber(told)
    const tcpPort = tagNumber(tags, TAG.kadTcpPort)
    if (ip !== undefined && tcpPort !== undefined && SOURCE_OPEN.has(kind)) {
      const about = { ip, port: tcpPort % 65_536 }
      this.#say.claim(from, about, 'peer', 'tcp', how.via, { content, id: client })
    }
    const udpPort = tagNumber(tags, TAG.kadUdpPort)
    if (ip !== undefined && udpPort !== undefined && kind === SOURCE_DIRECT_CALLBACK) {
      const about = { ip, port: udpPort % 65_536 }
      this.#say.claim(from, about, 'peer-udp', 'udp', how.via, { content, id: client })
    }
    if (!SOURCE_BUDDY.has(kind)) return
    // Unlike the source's own, the buddy's octets stand as spoken.
    const buddy = addressOfId(tagNumber(tags, TAG.kadServerIp) ?? 0)
    const buddyPort = tagNumber(tags, TAG.kadBuddyPort)
    if (buddy === undefined || buddyPort === undefined) return
    const about = { ip: buddy, port: buddyPort % 65_536 }
    this.#say.claim(from, about, 'kad', 'udp', `${how.via}-buddy`, { content })
  }
}
