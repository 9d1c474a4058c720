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
import type { Link } from '../../core/peer.ts'
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
import { FileTalk, type Wanted } from './peer-file-talk.ts'
import { unescaped } from './wire/adc.ts'

export class AdcTalk extends FileTalk {
  readonly #client: AdcClient
  /** Of the call that brings us here; undefined where he calls. */
  #token: string | undefined
  readonly #isOurs: boolean
  #isGreeted = false

  constructor(client: AdcClient, token?: string) {
    super(client)
    this.#client = client
    this.#token = token
    this.#isOurs = token !== undefined
  }

  opened(link: Link): void {
    link.send(line('CSUP', FEATURES))
  }

  protected read(link: Link, bytes: Uint8Array): number | 'broken' {
    return readLine(bytes, (said) => this.#take(link, said))
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
          this.end(link, unescaped(said.words[1] ?? 'refuses'))
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
    this.job = this.#client.jobs.take(nick)
    if (this.job === undefined) return this.end(link, 'wants nothing')
    link.send(line('CGET', 'file', this.job.wanted, '0', '-1'))
  }

  #wanted(link: Link, words: readonly string[]): void {
    const [kind, name, from, count] = words as readonly [string, string, string, string]
    if (words.length < 4 || !/^\d{1,15}$/.test(from) || !/^-?\d{1,15}$/.test(count)) {
      return this.end(link, 'asks nonsense')
    }
    this.give(link, { kind, name, from: Number(from), count: Number(count) }, this.#client.cid)
  }

  protected sayNoSlot(link: Link): void {
    link.send(line('CSTA', STATUS.noSlots, 'no\\sslots'))
  }

  protected sayNone(link: Link): void {
    link.send(line('CSTA', STATUS.notAvailable, 'not\\savailable'))
  }

  protected sayHere(link: Link, { kind, name, from, count }: Wanted): void {
    link.send(line('CSND', kind, name, String(from), String(count)))
  }

  #sent(link: Link, [kind, , from, count]: readonly string[]): void {
    this.receive(link, kind === 'file' && from === '0' ? numberOf(count) : undefined)
  }
}
