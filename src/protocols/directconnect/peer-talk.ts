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
import { bytesOf, concat, fromBase32, sameBytes } from '../../core/bytes.ts'
import type { Link } from '../../core/peer.ts'
import { fileBytes } from '../../core/peer-file.ts'
import { numberOf } from './content.ts'
import type { Client } from './peer-client.ts'
import type { Job } from './peer-jobs.ts'
import {
  command,
  lockIn,
  lockOf,
  nickOf,
  PK,
  readCommand,
  type Said,
  type Talk,
} from './peer-node.ts'
import { keyOf } from './wire/key.ts'

const SUPPORTS = 'ADCGet TTHF TTHL MiniSlots '
const PIECE_BYTES = 16_384
const NUMBERS = 0x7fff
/** What is asked for: kind, name, from where, how much (-1: all). */
const WANTED = /^(file|tthl) (\S{1,1024}) (\d{1,15}) (-?\d{1,15})/

export class ClientTalk implements Talk {
  readonly #client: Client
  readonly #lock: string
  readonly #number: number
  /** It brought us here: he may know us from several. */
  readonly #hub: string | undefined
  #nick = ''
  #hasSaidLock = false
  #hasKey = false
  #theirs: { readonly wants: boolean; readonly number: number } | undefined
  #job: Job | undefined
  /** Bytes of content that are still to come; undefined: commands are. */
  #left: number | undefined
  #holdsSlot = false
  #isOver = false

  /** @param hub  where the call was asked for, if we call */
  constructor(client: Client, hub?: string) {
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

  data(link: Link, bytes: Uint8Array): number {
    if (this.#left !== undefined) return this.#content(link, bytes)
    const used = readCommand(bytes, (said) => this.#take(link, said))
    if (used !== 'broken') return used
    this.#end(link, 'speaks something else')
    return bytes.length
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
        return this.#hasKey ? this.#settle(link) : this.#end(link, 'has no key')
      }
      case 'ADCGET':
        return this.#wanted(link, rest)
      case 'ADCSND':
        return this.#sent(link, rest)
      case 'Error':
      case 'MaxedOut':
        return this.#end(link, rest === '' ? 'has no slot' : rest)
      default:
        return
    }
  }

  #answerLock(link: Link, lock: string): void {
    const key = keyOf(bytesOf(lock))
    if (this.#nick === '' || key === undefined) return this.#end(link, 'has no lock')
    if (!this.#hasSaidLock) this.#sayLock(link)
    this.#job = this.#client.jobs.take(this.#nick)
    const direction = this.#job === undefined ? 'Upload' : 'Download'
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
    if (theirs === undefined) return this.#end(link, 'does not say what for')
    const job = this.#job
    if (job === undefined) return theirs.wants ? undefined : this.#end(link, 'wants nothing')
    if (theirs.wants && theirs.number >= this.#number) {
      // He downloads first; we try again.
      this.#job = undefined
      this.#client.jobs.back(job)
      return
    }
    link.send(command(`$ADCGET file ${job.wanted} 0 -1`))
  }

  #wanted(link: Link, rest: string): void {
    const match = WANTED.exec(rest)
    if (match === null || !this.#hasKey) return this.#end(link, 'asks nonsense')
    this.#holdsSlot ||= this.#client.takeSlot()
    if (!this.#holdsSlot) return link.send(command('$MaxedOut'))
    const [, kind, name] = match
    if (name === 'files.xml') {
      const list = this.#client.shares.list(this.#client.nick)
      this.#sendPart(link, match, list.length, (at, size) => list.slice(at, at + size))
      return
    }
    const shared = this.#client.shares.byRoot(name!.replace(/^TTH\//, ''))
    if (shared === undefined) return link.send(command('$Error File Not Available'))
    if (kind === 'tthl') {
      // One leaf as large as the file: its hash is the root.
      const root = fromBase32(shared.root)!
      this.#sendPart(link, match, root.length, (at, size) => root.slice(at, at + size))
      return
    }
    const { file } = shared
    const bytes = this.#sendPart(link, match, file.size, (at, size) => fileBytes(file, at, size))
    this.#client.site.say({ type: 'served', name: file.name, bytes, to: link.remote })
  }

  /** @returns how many bytes were sent */
  #sendPart(
    link: Link,
    [, kind, name, from, count]: RegExpExecArray,
    size: number,
    part: (at: number, size: number) => Uint8Array,
  ): number {
    const start = Number(from)
    if (start > size) {
      link.send(command('$Error File Not Available'))
      return 0
    }
    const end = Number(count) < 0 ? size : Math.min(size, start + Number(count))
    link.send(command(`$ADCSND ${kind} ${name} ${start} ${end - start}`))
    for (let at = start; at < end; at += PIECE_BYTES) {
      link.send(part(at, Math.min(PIECE_BYTES, end - at)))
    }
    return end - start
  }

  #sent(link: Link, rest: string): void {
    const match = /^file (\S+) 0 (\d{1,15})$/.exec(rest)
    const size = numberOf(match?.[2])
    if (this.#job === undefined || size === undefined) return this.#end(link, 'sends nonsense')
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
