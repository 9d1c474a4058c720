/** What the wall remembers of each flow that came up. */
import type { Endpoint } from '../../core/address.ts'
import type { Carrier, Decision, FlowVerdict, Side } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import { trim } from '../../core/oldest.ts'
import type { Judgement, PacketFacts } from './judgement.ts'
import type { FileKind } from './kinds.ts'
import { connectionKey, type Sentence } from './known.ts'
import type { Place } from './networks.ts'

/** What is decided for good, whatever the flow is named later. */
const FINAL: readonly (string | undefined)[] = ['block', 'refuse', 'lock']

export class FlowState {
  readonly number: number
  readonly carrier: Carrier
  readonly ends: readonly [Endpoint, Endpoint]
  readonly place: Place
  /** Packets that came up. */
  packets = 0
  /** The kernel lets it pass: nothing more comes up. */
  isPassed = false
  verdict: FlowVerdict | undefined
  /** The verdict rests on its ends alone: nobody read it. */
  isSuspected = false
  /** Of the verdict, or of what is remembered of its end. */
  family: string | undefined
  action: Decision['action'] | undefined
  /** The name of the rule that decided. */
  rule: string | undefined
  judgement: Judgement | undefined
  kinds: Set<FileKind> | undefined
  mac: string | undefined
  /** `Standing.fit` */
  fit: string | undefined
  /** What becomes of it with its next packet, for what is known of its ends. */
  sentence: Sentence | undefined
  /** Its next packet is judged as a first one. */
  isAnew = true
  /** It was counted as a new flow of its host. */
  isCounted = false
  /** Its first packet was seen: who opened it is known. */
  readonly isFromStart: boolean
  /** The packet that came last was sent by the host on our side. */
  isFromHost = false
  isFromOpener = true
  /** The verdict that the decision rests on. */
  #decidedOn = ''

  /** `connectionKey`: of most flows nobody asks for it. */
  #key: string | undefined

  constructor(number: number, { ends, carrier, isSyn }: PacketFacts, place: Place) {
    this.number = number
    this.carrier = carrier
    this.ends = ends
    this.place = place
    this.isFromStart = carrier === 'udp' || isSyn
  }

  get key(): string {
    this.#key ??= connectionKey(this.ends, this.carrier)
    return this.#key
  }

  get isFinal(): boolean {
    return FINAL.includes(this.action)
  }

  seeSender(side: Side, packet: PacketFacts): void {
    this.packets++
    this.isFromOpener = side === 0
    const sender = this.ends[side]
    const { host } = this.place
    this.isFromHost = sender.ip === host.ip && sender.port === host.port
    if (this.isFromHost && packet.srcMac !== undefined) this.mac = packet.srcMac.toLowerCase()
  }

  decided(action: Decision['action'], judgement: Judgement): void {
    this.action = action
    this.judgement = judgement
    this.isPassed = action === 'permit'
    this.sentence = undefined
    if (this.verdict !== undefined) this.#decidedOn = this.#textOf(this.verdict)
  }

  /** It passes by its mark from now on, whatever was decided of it. */
  pass(judgement: Judgement): Judgement {
    this.isPassed = true
    if (this.judgement !== undefined) this.judgement = judgement
    return judgement
  }

  /** Whether the decision rests on this verdict, and nothing more is known since. */
  isDecidedOn(verdict: FlowVerdict): boolean {
    return this.judgement !== undefined && this.#decidedOn === this.#textOf(verdict)
  }

  #textOf({ family, part, sureness }: FlowVerdict): string {
    return `${family} ${part} ${sureness} ${this.kinds?.size ?? 0}`
  }

  /** @returns whether it was not known */
  addKind(kind: FileKind): boolean {
    this.kinds ??= new Set()
    const before = this.kinds.size
    return this.kinds.add(kind).size > before
  }

  /** It was taken for something that it is not. */
  forget(): void {
    this.verdict = undefined
    this.#undecide()
  }

  /** What was decided is decided again, with its next packet. */
  reopen(): void {
    this.#undecide()
    if (this.isSuspected) this.verdict = undefined
    this.isSuspected = false
    this.sentence = undefined
    this.isAnew = true
    this.isPassed = false
    this.packets = 0
  }

  #undecide(): void {
    this.action = undefined
    this.judgement = undefined
    this.#decidedOn = ''
  }
}

export class Flows {
  readonly #flows = new Map<number, FlowState>()
  /** Those that nobody could read. */
  readonly #unread = new Map<string, FlowState>()
  readonly #full: () => void

  constructor(full: () => void) {
    this.#full = full
  }

  get(number: number): FlowState | undefined {
    return this.#flows.get(number)
  }

  /**
   * One that nobody could read.
   * @param key  `connectionKey`
   */
  unread(key: string): FlowState | undefined {
    return this.#unread.get(key)
  }

  /** Nobody can read it: it is found by its connection from now on. */
  isUnread(flow: FlowState): void {
    this.#unread.set(flow.key, flow)
  }

  all(): IterableIterator<FlowState> {
    return this.#flows.values()
  }

  meet(number: number, packet: PacketFacts, place: Place): FlowState {
    const flow = new FlowState(number, packet, place)
    this.#flows.set(number, flow)
    if (trim(this.#flows, limits.wallFlowsMax, (old) => this.#forget(old))) this.#full()
    return flow
  }

  delete(flow: FlowState): void {
    this.#flows.delete(flow.number)
    this.#forget(flow)
  }

  #forget(flow: FlowState): void {
    if (this.#unread.size > 0 && this.#unread.get(flow.key) === flow) this.#unread.delete(flow.key)
  }
}
