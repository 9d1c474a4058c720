/**
 * Peer to peer: one file, or the list of files, over one connection.
 *
 *   listener   1                            before anything else
 *   caller     GET, SEND, GETLIST, SENDLIST see wire/ask.ts; may come before the `1` was read
 *   listener   to GET: size in digits, at once followed by the file; to SEND: the offset in digits
 *              to GETLIST: its nick, lines of files, an empty line
 *   caller     the file (SEND), or nick and lines (SENDLIST)
 *
 * Nothing stands between the size and the file: a file that begins with a digit cannot be told from
 * its size. Music does not.
 */

import { concat } from '../../core/bytes.ts'
import type { Side } from '../../core/event.ts'
import { other } from '../../core/flow-teller.ts'
import type { FlowFacts, Moment, Out, Session } from '../../core/protocol.ts'
import { text } from '../../core/text.ts'
import { nameOf, stepsOut } from '../formats/file-path.ts'
import { decoded, fileUrn } from './content.ts'
import { FileList } from './file-list.ts'
import { Teller } from './teller.ts'
import { ASK_BYTES_MAX, type Ask, askWire, cutAskOf, fileAskAt, HAIL } from './wire/ask.ts'

const NONE = new Uint8Array(0)
/** No file was larger than four bytes can say. */
const DIGITS_MAX = 10
const REFUSAL_BYTES_MAX = 256

type Phase = 'hail' | 'answer' | 'digits' | 'file' | 'refusal' | 'list' | 'idle'

export class TransferSession implements Session {
  need = 0
  messages = 0
  lost = false
  readonly #teller: Teller
  /** Who was called and hails; a push turns the roles of who sends, not of who calls. */
  #listener: Side | undefined
  #phase: Phase = 'hail'
  #asked: Uint8Array = NONE
  #ask: Ask | undefined
  #digits = ''
  #refusal: Uint8Array = NONE
  #size: number | undefined
  #fileBytes = 0
  #saidRequest = false
  #list: FileList | undefined

  constructor(flow: FlowFacts, out: Out) {
    this.#teller = new Teller(flow, out)
  }

  data(from: Side, bytes: Uint8Array, _at: Moment): number {
    this.need = 0
    this.#listener ??= bytes[0] === HAIL ? from : other(from)
    return from === this.#listener ? this.#fromListener(bytes) : this.#fromCaller(bytes)
  }

  #fromCaller(bytes: Uint8Array): number {
    const from = other(this.#listener!)
    if (this.#list !== undefined) return this.#readList(from, bytes)
    if (this.#ask !== undefined) {
      if (this.#ask.type === 'send') this.#fileBytes += bytes.length
      return bytes.length
    }
    const room = ASK_BYTES_MAX - this.#asked.length
    const taken = bytes.subarray(0, room)
    this.#asked = concat(this.#asked, taken)
    const line = endOfSendList(this.#asked)
    if (line > 0) {
      const over = this.#asked.length - line
      this.#asked = this.#asked.subarray(0, line)
      this.#resolve()
      return taken.length - over
    }
    // Only the data of SEND makes it so long: where the offset was not seen.
    if (this.#asked.length === ASK_BYTES_MAX) this.#resolve()
    return taken.length
  }

  #fromListener(bytes: Uint8Array): number {
    switch (this.#phase) {
      case 'hail':
        this.#phase = 'answer'
        if (bytes[0] === HAIL) {
          this.messages++
          return 1
        }
        return this.#answer(bytes)
      case 'answer':
        return this.#answer(bytes)
      case 'digits':
        return this.#readDigits(bytes)
      case 'file':
        this.#fileBytes += bytes.length
        return bytes.length
      case 'refusal':
        this.#refusal = concat(
          this.#refusal,
          bytes.subarray(0, REFUSAL_BYTES_MAX - this.#refusal.length),
        )
        return bytes.length
      case 'list':
        return this.#readList(this.#listener!, bytes)
      case 'idle':
        return bytes.length
    }
  }

  /** The listener's first word behind its hail: what was asked is over. */
  #answer(bytes: Uint8Array): number {
    this.#resolve()
    if (this.lost) return bytes.length
    switch (this.#ask?.type) {
      case 'get-list':
        this.#phase = 'list'
        this.#list = new FileList(this.#teller)
        return this.#readList(this.#listener!, bytes)
      case 'send-list':
        this.#phase = 'idle'
        return bytes.length
      default:
        this.#phase = isDigit(bytes[0]!) ? 'digits' : 'refusal'
        return this.#fromListener(bytes)
    }
  }

  /** What the caller wants is known whole. */
  #resolve(): void {
    if (this.#ask !== undefined || this.lost) return
    const file = fileAskAt(this.#asked)
    const outcome = askWire.parse(this.#asked, 0)
    const from = other(this.#listener!)
    if (file === undefined && outcome.kind !== 'message') {
      if (this.#resolveCut(from)) return
      const fault = outcome.kind === 'malformed' ? outcome.fault : 'ask-unknown'
      // Where the capture holds one side only, there is nothing to say of the other.
      if (this.#asked.length > 0) this.#teller.fault(askWire.name, fault, from, 0, false)
      this.lost = true
      return
    }
    const ask = file?.ask ?? (outcome.kind === 'message' ? outcome.message : undefined)
    this.#ask = ask
    this.messages++
    if (ask!.type === 'send' && file !== undefined) {
      this.#fileBytes = this.#asked.length - file.size
      this.#size = Math.max(0, Number(ask!.number))
    }
    this.#asked = NONE
    this.#sayAsk(from, ask!)
  }

  /** The capture holds the begin of the ask: who asks, but not for what. */
  #resolveCut(from: Side): boolean {
    const cut = cutAskOf(this.#asked)
    if (cut === undefined) return false
    const nick = decoded(cut.nick)
    this.#ask = { type: cut.type, nick, path: '', number: '0' }
    this.#asked = NONE
    this.messages++
    this.#teller.log(from, cut.type, { nick })
    this.#teller.client({ who: this.#teller.who(from), nick })
    return true
  }

  #sayAsk(from: Side, ask: Ask): void {
    const who = this.#teller.who(from)
    if (ask.type === 'get' || ask.type === 'send') {
      const path = decoded(ask.path)
      const nick = decoded(ask.nick)
      const number = Number(ask.number)
      const what = ask.type === 'get' ? { offset: number } : { size: number }
      this.#teller.log(from, ask.type, { nick, path, ...what })
      this.#teller.client({ who, nick })
      if (stepsOut(path)) {
        this.#teller.threat(from, 'path-traversal', 'high', `"${path}" in ${ask.type}`)
      }
      return
    }
    this.#teller.log(from, ask.type, {})
    if (ask.type === 'get-list') {
      const of = this.#teller.who(this.#listener!)
      this.#teller.out.say({ type: 'request', by: who, of, what: 'browse' })
      return
    }
    this.#list = new FileList(this.#teller, decoded(ask.nick))
  }

  #readDigits(bytes: Uint8Array): number {
    let at = 0
    while (at < bytes.length && this.#digits.length < DIGITS_MAX && isDigit(bytes[at]!)) {
      this.#digits += String.fromCharCode(bytes[at]!)
      at++
    }
    if (at === bytes.length && this.#digits.length < DIGITS_MAX) return at
    this.#sayNumber()
    return at
  }

  /** The size (to GET) or the offset (to SEND) is over. */
  #sayNumber(): void {
    const listener = this.#listener!
    const number = Number(this.#digits)
    this.messages++
    const isPush = this.#ask?.type === 'send'
    this.#phase = isPush ? 'idle' : 'file'
    this.#teller.log(
      listener,
      isPush ? 'offset' : 'size',
      isPush ? { offset: number } : { size: number },
    )
    if (!isPush) this.#size = number
    this.#sayRequest()
  }

  get #path(): string | undefined {
    const ask = this.#ask
    const isFile = ask?.type === 'get' || ask?.type === 'send'
    return isFile && ask.path !== '' ? decoded(ask.path) : undefined
  }

  get #content(): string | undefined {
    const path = this.#path
    return path === undefined || this.#size === undefined ? undefined : fileUrn(path, this.#size)
  }

  /** Who wants the file: the caller of GET; of SEND, the listener had asked through the server. */
  #sayRequest(): void {
    const ask = this.#ask
    if (this.#saidRequest || (ask?.type !== 'get' && ask?.type !== 'send')) return
    this.#saidRequest = true
    const wants = ask.type === 'get' ? other(this.#listener!) : this.#listener!
    const content = this.#content
    this.#teller.out.say({
      type: 'request',
      by: this.#teller.who(wants),
      of: this.#teller.who(other(wants)),
      what: 'download',
      ...(content !== undefined && { content }),
    })
  }

  #readList(from: Side, bytes: Uint8Array): number {
    const { used, need, read } = this.#list!.data(from, bytes)
    this.need = need
    this.messages += read
    if (this.#list!.lost) this.lost = true
    return used
  }

  gap(from: Side, _missing: number, _at: Moment): void {
    const isCaller = from !== this.#listener
    const inFile = isCaller ? this.#ask?.type === 'send' : this.#phase === 'file'
    if (isCaller && this.#ask === undefined && this.#listener !== undefined) return this.#resolve()
    // Bytes that were not seen are not counted; all else cannot be followed, but who gets has no more to say.
    const isOver = isCaller && this.#list === undefined
    if (!inFile && !isOver) this.lost = true
  }

  end(_at: Moment): void {
    if (this.#listener === undefined) return
    if (this.#asked.length > 0 && !this.lost) this.#resolve()
    if (this.#phase === 'digits') this.#sayNumber()
    if (this.#refusal.length > 0) {
      this.#teller.log(this.#listener, 'refused', { text: text(this.#refusal) })
    }
    this.#list?.end()
    this.#sayRequest()
    this.#sayTransfer()
  }

  #sayTransfer(): void {
    const path = this.#path
    const type = this.#ask?.type
    if ((type !== 'get' && type !== 'send') || this.#fileBytes === 0) return
    const sends = type === 'get' ? this.#listener! : other(this.#listener!)
    const content = this.#content
    this.#teller.out.say({
      type: 'transfer',
      from: this.#teller.who(sends),
      to: this.#teller.who(other(sends)),
      ...(content !== undefined && { content }),
      ...(path !== undefined && { name: nameOf(path) }),
      bytes: this.#fileBytes,
      via: 'direct',
    })
  }
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39
}

/** Where a SENDLIST line ends, or -1. */
function endOfSendList(bytes: Uint8Array): number {
  if (bytes[0] !== 0x53 || bytes[4] !== 0x4c) return -1
  return bytes.indexOf(10) + 1
}
