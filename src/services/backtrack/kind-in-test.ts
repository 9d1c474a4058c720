/**
 * For tests: a protocol that can be asked. Its words are lines: the question is `who KIND CONTENT`, an answer
 * is `PART IP PORT ID` in each line and `.` in the last.
 */
import { endpointText } from '../../core/address.ts'
import { bytesOf } from '../../core/bytes.ts'
import type { Channel, CrawlerKind, Interview, Question, Step, Told } from '../../core/crawler.ts'
import { latin1 } from '../../core/text.ts'

const SECOND = 1_000_000
export const TRIES = 2
export const WIDTH = 3

// biome-ignore format: a table
const CHANNELS: readonly Channel[] = [
  { name: 'hub', kind: 'index', carrier: 'tcp', asks: ['hub'], vias: ['hub'],
    contents: ['urn:x:'], reaskSeconds: 600, pauseSeconds: 5, packets: 1 },
  { name: 'gossip', kind: 'exchange', carrier: 'udp', asks: ['peer'], vias: ['gossip'],
    contents: ['urn:x:'], reaskSeconds: 60, pauseSeconds: 5, packets: 1 },
  { name: 'slow', kind: 'exchange', carrier: 'udp', asks: ['slow'], vias: ['slow'],
    contents: ['urn:x:'], reaskSeconds: 60, pauseSeconds: 1, packets: 1 },
  { name: 'table', kind: 'dht', carrier: 'udp', asks: ['node'], vias: ['table'],
    contents: ['urn:x:'], maps: true, reaskSeconds: 60, pauseSeconds: 5, packets: 1,
    near: { width: WIDTH, distance: (content, id) =>
      Math.abs(Number(content.slice(6)) - Number(id)) / 1000 } },
]

const kind: CrawlerKind = { channels: CHANNELS, inquire: (question) => new Asking(question) }
export const kinds: ReadonlyMap<string, CrawlerKind> = new Map([['x', kind]])

class Asking implements Interview {
  readonly #question: Question
  #tries = 0

  constructor(question: Question) {
    this.#question = question
  }

  opened(micros: number): Step {
    this.#tries++
    const { channel, content = 'all' } = this.#question
    const send = [bytesOf(`who ${channel} ${content}\n`)]
    const patience = channel === 'slow' ? 10 * SECOND : SECOND
    return { used: 0, send, told: [], wakeMicros: micros + patience }
  }

  data(bytes: Uint8Array): Step {
    return this.#take(bytes)
  }

  datagram(bytes: Uint8Array): Step {
    return this.#take(bytes)
  }

  #take(bytes: Uint8Array): Step {
    const text = latin1(bytes)
    if (!text.endsWith('.')) return { used: 0, send: [], told: [] }
    return { used: bytes.length, send: [], told: toldIn(text), done: 'answered' }
  }

  tick(micros: number): Step {
    if (this.#tries < TRIES) return this.opened(micros)
    return { used: 0, send: [], told: [], done: 'unanswered' }
  }
}

function toldIn(text: string): Told[] {
  return text
    .split('\n')
    .filter((line) => line.length > 1)
    .map((line) => {
      const [part, ip, port, id] = line.split(' ') as [string, string, string, string?]
      return { at: { ip, port: Number(port) }, part, ...(id !== undefined && { id }) }
    })
}

/** An answer that names these. */
export function answerOf(
  ...told: readonly (readonly [part: string, ip: string, id?: number])[]
): Uint8Array {
  const lines = told.map(
    ([part, ip, id]) => `${part} ${ip} 1000${id === undefined ? '' : ` ${id}`}\n`,
  )
  return bytesOf(`${lines.join('')}.`)
}

export const texts = (datagrams: readonly { to: { ip: string; port: number } }[]): string[] =>
  datagrams.map(({ to }) => endpointText(to))
