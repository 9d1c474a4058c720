/**
 * Two NMDC clients on one connection: who they are, who of them downloads, then files.
 *
 *     caller     $MyNick alice|$Lock …|
 *     called     $MyNick bob|$Lock …|$Supports …|$Direction Upload 812|$Key …|
 *     caller     $Supports …|$Direction Download 30211|$Key …|
 *     one        $ADCGET file TTH/<root> 0 -1|
 *     other      $ADCSND file TTH/<root> 0 350000|  and the bytes
 *
 * If both want to download, the higher number does.
 * Source: nmdc.sourceforge.io NMDC 1.3; eiskaltdcpp dcpp/UserConnection.cpp; fixtures/nmdc-peer.pcap.
 */
import { bytesOf, concat, sameBytes } from '../../core/bytes.ts'
import type { Link } from '../../core/peer.ts'
import { numberOf } from './content.ts'
import type { Client } from './peer-client.ts'
import { FileTalk, type Wanted } from './peer-file-talk.ts'
import { command, lockIn, lockOf, nickOf, PK, readCommand, type Said } from './peer-node.ts'
import { keyOf } from './wire/key.ts'

const SUPPORTS = 'ADCGet TTHF TTHL MiniSlots '
const NUMBERS = 0x7fff
/** What is asked for: kind, name, from where, how much (-1: all). */
const WANTED = /^(file|tthl) (\S{1,1024}) (\d{1,15}) (-?\d{1,15})/

export class ClientTalk extends FileTalk {
  readonly #client: Client
  readonly #lock: string
  readonly #number: number
  /** It brought us here: he may know us from several. */
  readonly #hub: string | undefined
  #nick = ''
  #hasSaidLock = false
  #hasKey = false
  #theirs: { readonly wants: boolean; readonly number: number } | undefined

  /** @param hub  where the call was asked for, if we call */
  constructor(client: Client, hub?: string) {
    super(client)
    this.#client = client
    this.#lock = lockOf(client.site)
    this.#number = client.site.chance(NUMBERS)
    this.#hub = hub
  }

  opened(link: Link): void {
    if (link.byUs) this.#sayLock(link)
  }

  #sayLock(link: Link): void {
    this.#hasSaidLock = true
    const ref = this.#hub === undefined ? '' : `Ref=${this.#hub}`
    const hello = command(`$MyNick ${this.#client.nick}`)
    link.send(concat(hello, command(`$Lock ${this.#lock} Pk=${PK}${ref}`)))
  }

  protected read(link: Link, bytes: Uint8Array): number | 'broken' {
    return readCommand(bytes, (said) => this.#take(link, said))
  }

  #take(link: Link, { name, rest, body }: Said): void {
    switch (name) {
      case 'MyNick':
        this.#nick ||= nickOf(rest)
        return
      case 'Lock':
        return this.#answerLock(link, lockIn(rest))
      case 'Direction': {
        const match = /^(Upload|Download) (\d{1,5})$/.exec(rest)
        if (match !== null) {
          this.#theirs ??= { wants: match[1] === 'Download', number: Number(match[2]) }
        }
        return
      }
      case 'Key': {
        const wanted = keyOf(bytesOf(this.#lock))!
        this.#hasKey = sameBytes(wanted, body.subarray(5))
        return this.#hasKey ? this.#settle(link) : this.end(link, 'has no key')
      }
      case 'ADCGET':
        return this.#wanted(link, rest)
      case 'ADCSND':
        return this.#sent(link, rest)
      case 'Error':
      case 'MaxedOut':
        return this.end(link, rest === '' ? 'has no slot' : rest)
      default:
        return
    }
  }

  #answerLock(link: Link, lock: string): void {
    const key = keyOf(bytesOf(lock))
    if (this.#nick === '' || key === undefined) return this.end(link, 'has no lock')
    if (!this.#hasSaidLock) this.#sayLock(link)
    this.job = this.#client.jobs.take(this.#nick)
    const direction = this.job === undefined ? 'Upload' : 'Download'
    link.send(
      concat(
        command(`$Supports ${SUPPORTS}`),
        command(`$Direction ${direction} ${this.#number}`),
        concat(bytesOf('$Key '), key, bytesOf('|')),
      ),
    )
  }

  /** Both said all: who downloads? */
  #settle(link: Link): void {
    const theirs = this.#theirs
    if (theirs === undefined) return this.end(link, 'does not say what for')
    const job = this.job
    if (job === undefined) return theirs.wants ? undefined : this.end(link, 'wants nothing')
    if (theirs.wants && theirs.number >= this.#number) {
      // He downloads first; we try again.
      this.job = undefined
      this.#client.jobs.back(job)
      return
    }
    link.send(command(`$ADCGET file ${job.wanted} 0 -1`))
  }

  #wanted(link: Link, rest: string): void {
    const match = WANTED.exec(rest)
    if (match === null || !this.#hasKey) return this.end(link, 'asks nonsense')
    const [, kind, name, from, count] = match
    this.give(
      link,
      { kind: kind!, name: name!, from: Number(from), count: Number(count) },
      this.#client.nick,
    )
  }

  protected sayNoSlot(link: Link): void {
    link.send(command('$MaxedOut'))
  }

  protected sayNone(link: Link): void {
    link.send(command('$Error File Not Available'))
  }

  protected sayHere(link: Link, { kind, name, from, count }: Wanted): void {
    link.send(command(`$ADCSND ${kind} ${name} ${from} ${count}`))
  }

  #sent(link: Link, rest: string): void {
    this.receive(link, numberOf(/^file (\S+) 0 (\d{1,15})$/.exec(rest)?.[2]))
  }
}
