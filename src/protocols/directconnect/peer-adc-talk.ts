/**
 * Two ADC clients on one connection. Who downloads is he whose token it is that brought them together.
 *
 *     caller     CSUP ADBASE ADTIGR
 *     called     CSUP ADBASE ADTIGR · CINF ID…
 *     caller     CINF ID… TO<token>
 *     one        CGET file TTH/<root> 0 -1
 *     other      CSND file TTH/<root> 0 350000   and the bytes
 *
 * Source: adc.sourceforge.io ADC 1.0.3 section 4; eiskaltdcpp dcpp/UserConnection.cpp; fixtures/adc-peer.pcap.
 */
import { fromBase32 } from '../../core/bytes.ts'
import type { Link } from '../../core/peer.ts'
import { fileBytes } from '../../core/peer-file.ts'
import { numberOf } from './content.ts'
import type { AdcClient } from './peer-adc-client.ts'
import {
  escaped,
  FEATURES,
  type Line,
  line,
  namedBehind,
  readLine,
  STATUS,
} from './peer-adc-node.ts'
import type { Job } from './peer-jobs.ts'
import type { Talk } from './peer-node.ts'
import { unescaped } from './wire/adc.ts'

const PIECE_BYTES = 16_384
const LIST = 'files.xml'

export class AdcTalk implements Talk {
  readonly #client: AdcClient
  /** Of the call that brings us here; undefined where he calls. */
  #token: string | undefined
  readonly #isOurs: boolean
  #isGreeted = false
  #job: Job | undefined
  /** Bytes of content that are still to come; undefined: lines are. */
  #left: number | undefined
  #holdsSlot = false
  #isOver = false

  constructor(client: AdcClient, token?: string) {
    this.#client = client
    this.#token = token
    this.#isOurs = token !== undefined
  }

  opened(link: Link): void {
    link.send(line('CSUP', FEATURES))
  }

  data(link: Link, bytes: Uint8Array): number {
    if (this.#left !== undefined) return this.#content(link, bytes)
    const used = readLine(bytes, (said) => this.#take(link, said))
    if (used !== 'broken') return used
    this.#end(link, 'speaks something else')
    return bytes.length
  }

  #take(link: Link, said: Line): void {
    switch (said.name) {
      case 'SUP':
        return this.#greet(link)
      case 'INF':
        return this.#met(link, said)
      case 'GET':
        return this.#wanted(link, said.words)
      case 'SND':
        return this.#sent(link, said.words)
      case 'STA':
        if (said.words[0]?.startsWith('0') === false)
          this.#end(link, unescaped(said.words[1] ?? 'refuses'))
        return
      default:
        return
    }
  }

  #greet(link: Link): void {
    if (this.#isGreeted) return
    this.#isGreeted = true
    if (!this.#isOurs) link.send(line('CSUP', FEATURES))
    const shown = this.#isOurs ? [`TO${escaped(this.#token!)}`] : []
    link.send(line('CINF', `ID${this.#client.cid}`, ...shown))
  }

  #met(link: Link, said: Line): void {
    const named = namedBehind(said, 0)
    this.#token ??= named.get('TO')?.[0]
    const nick = this.#token === undefined ? undefined : this.#client.awaited(this.#token)
    // Not ours: he is the one who wants something.
    if (nick === undefined) return
    this.#job = this.#client.jobs.take(nick)
    if (this.#job === undefined) return this.#end(link, 'wants nothing')
    link.send(line('CGET', 'file', this.#job.wanted, '0', '-1'))
  }

  #wanted(link: Link, words: readonly string[]): void {
    const [kind, name, from, count] = words as readonly [string, string, string, string]
    if (words.length < 4 || !/^\d{1,15}$/.test(from) || !/^-?\d{1,15}$/.test(count)) {
      return this.#end(link, 'asks nonsense')
    }
    const part = { kind, name, from: Number(from), count: Number(count) }
    this.#holdsSlot ||= this.#client.takeSlot()
    if (!this.#holdsSlot) return link.send(line('CSTA', STATUS.noSlots, 'no\\sslots'))
    if (name === LIST) {
      const list = this.#client.shares.list(this.#client.cid)
      this.#sendPart(link, part, list.length, (at, size) => list.slice(at, at + size))
      return
    }
    const shared = this.#client.shares.byRoot(name.replace(/^TTH\//, ''))
    if (shared === undefined) return this.#refuse(link)
    if (kind === 'tthl') {
      // One leaf as large as the file: its hash is the root.
      const root = fromBase32(shared.root)!
      this.#sendPart(link, part, root.length, (at, size) => root.slice(at, at + size))
      return
    }
    const { file } = shared
    const bytes = this.#sendPart(link, part, file.size, (at, size) => fileBytes(file, at, size))
    this.#client.site.say({ type: 'served', name: file.name, bytes, to: link.remote })
  }

  #refuse(link: Link): void {
    link.send(line('CSTA', STATUS.notAvailable, 'not\\savailable'))
  }

  /** @returns how many bytes were sent */
  #sendPart(
    link: Link,
    { kind, name, from, count }: { kind: string; name: string; from: number; count: number },
    size: number,
    part: (at: number, size: number) => Uint8Array,
  ): number {
    if (from > size) {
      this.#refuse(link)
      return 0
    }
    const end = count < 0 ? size : Math.min(size, from + count)
    link.send(line('CSND', kind, name, String(from), String(end - from)))
    for (let at = from; at < end; at += PIECE_BYTES) {
      link.send(part(at, Math.min(PIECE_BYTES, end - at)))
    }
    return end - from
  }

  #sent(link: Link, [kind, , from, count]: readonly string[]): void {
    const size = numberOf(count)
    if (this.#job === undefined || kind !== 'file' || from !== '0' || size === undefined) {
      return this.#end(link, 'sends nonsense')
    }
    this.#left = size
    if (!this.#job.begin(size)) this.#end(link, 'sends another size')
    else if (size === 0) this.#finish(link)
  }

  #content(link: Link, bytes: Uint8Array): number {
    const part = bytes.subarray(0, this.#left)
    this.#job?.add(part)
    this.#left = this.#left! - part.length
    if (this.#left === 0) this.#finish(link)
    return part.length
  }

  #finish(link: Link): void {
    this.#left = undefined
    const job = this.#job
    this.#job = undefined
    link.close()
    this.#over()
    job?.finish(link.remote)
  }

  #end(link: Link, why: string): void {
    link.close()
    this.#lost(why)
  }

  closed(_link: Link, why: 'closed' | 'refused'): void {
    this.#lost(why)
  }

  #lost(why: string): void {
    const job = this.#job
    this.#job = undefined
    this.#over()
    job?.fail(why)
  }

  #over(): void {
    if (this.#isOver) return
    this.#isOver = true
    if (this.#holdsSlot) this.#client.giveSlot()
    this.#client.ended()
  }
}
