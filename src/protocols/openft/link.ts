/**
 * A connection between nodes: frames, of which some belong to streams that carry frames themselves.
 * Which generation of messages is spoken, the length of the version tells: three numbers or four.
 */
import type { Side } from '../../core/event.ts'
import { InflateStream } from '../../core/inflate.ts'
import { type FlowFacts, type Moment, type Out, REST, type Session } from '../../core/protocol.ts'
import { StreamReader } from '../../core/stream-reader.ts'
import { tellMessage } from './messages.ts'
import { Teller } from './teller.ts'
import { FINISH, type Frame, frameWire, isZlibStream } from './wire/frame.ts'
import { type Generation, message2002Wire, message2003Wire, readFrame } from './wire/message.ts'

const VERSION_RESPONSE = 1
const VERSION_2002_BYTES = 6
/** A node opens two, for files that come and files that go; a search adds one an answer. */
const STREAMS_MAX = 64

interface Stream {
  readonly inflate: InflateStream | undefined
  readonly reader: StreamReader
}

export class LinkSession implements Session {
  need = 0
  messages = 0
  lost = false
  readonly #teller: Teller
  readonly #offsets: [number, number] = [0, 0]
  readonly #broken: [boolean, boolean] = [false, false]
  readonly #streams: readonly [Map<number, Stream>, Map<number, Stream>] = [new Map(), new Map()]
  #generation: Generation | undefined
  #moment: Moment = { micros: 0, frame: 0 }

  constructor(flow: FlowFacts, out: Out) {
    this.#teller = new Teller(flow, out)
  }

  data(from: Side, bytes: Uint8Array, at: Moment): number {
    this.need = 0
    this.#moment = at
    if (this.#broken[from]) return REST
    const outcome = frameWire.parse(bytes, 0)
    if (outcome.kind === 'need') {
      this.need = outcome.size
      return 0
    }
    if (outcome.kind === 'malformed') {
      this.#giveUp(from, outcome.fault, this.#offsets[from] + outcome.at)
      return REST
    }
    if (outcome.message.stream) this.#stream(from, outcome.message)
    else this.#frame(from, outcome.message)
    this.#offsets[from] += outcome.size
    return outcome.size
  }

  #giveUp(from: Side, fault: string, at: number): void {
    this.#broken[from] = true
    this.#teller.fault(frameWire.name, fault, from, at, false)
  }

  /** A frame whose body cannot be read harms no other. */
  #frame(from: Side, frame: Frame): void {
    if (frame.command === VERSION_RESPONSE) {
      this.#generation = frame.body.length === VERSION_2002_BYTES ? '2002' : '2003'
    }
    const generation = this.#generation ?? '2003'
    const outcome = readFrame(frame, generation)
    if (outcome.kind === 'message') {
      this.messages++
      tellMessage(this.#teller, from, outcome.message)
    } else if (outcome.kind === 'malformed') {
      const place = this.#offsets[from] + outcome.at
      const wire = generation === '2002' ? message2002Wire : message2003Wire
      this.#teller.fault(wire.name, outcome.fault, from, place, true)
    }
  }

  // --- Streams -----------------------------------------------------------------------------------

  #stream(from: Side, frame: Frame & { stream: true }): void {
    // In 2002 the bit meant that the body is compressed; how, was not written down.
    if (this.#generation === '2002') {
      this.#teller.out.count('compressed')
      return
    }
    this.messages++
    const open = this.#streams[from]
    if (frame.flags % 2 === FINISH) {
      open.delete(frame.id)
      return
    }
    let stream = open.get(frame.id)
    if (stream === undefined) {
      if (open.size >= STREAMS_MAX) open.delete(open.keys().next().value!)
      stream = this.#opened(from, isZlibStream(frame.flags))
      open.set(frame.id, stream)
    }
    if (stream.inflate === undefined) {
      stream.reader.push(0, frame.body, this.#moment)
      return
    }
    if (!stream.inflate.push(frame.body) && stream.inflate.damaged) {
      open.delete(frame.id)
      this.#teller.fault('openft/stream', 'deflate-damaged', from, this.#offsets[from], true)
    }
  }

  #opened(from: Side, deflated: boolean): Stream {
    const inner: Session = {
      need: 0,
      messages: 0,
      lost: false,
      data: (_side, bytes) => {
        const outcome = frameWire.parse(bytes, 0)
        inner.need = outcome.kind === 'need' ? outcome.size : 0
        if (outcome.kind === 'need') return 0
        if (outcome.kind === 'malformed') return REST
        // A stream inside a stream is nobody's.
        if (!outcome.message.stream) this.#frame(from, outcome.message)
        return outcome.size
      },
      gap: () => {},
      end: () => {},
    }
    const reader = new StreamReader(inner)
    if (!deflated) return { inflate: undefined, reader }
    const sink = (chunk: Uint8Array): void => {
      reader.push(0, chunk, this.#moment)
    }
    return { inflate: new InflateStream(sink), reader }
  }

  /** Without its lengths a side cannot be followed. */
  gap(from: Side, _missing: number, _at: Moment): void {
    this.#broken[from] = true
  }

  end(_at: Moment): void {}
}
