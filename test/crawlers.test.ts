/**
 * Every crawler of every protocol: the same question is the same bytes, silence ends it, what is sent stays
 * near what its channel says, and noise, echoes and damage make it neither throw nor read outside.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hex } from '../src/core/bytes.ts'
import type { Channel, CrawlerKind, Interview, Question, Step } from '../src/core/crawler.ts'
import { limits } from '../src/core/limits.ts'
import { randomFrom } from '../src/core/random.ts'
import { protocols } from '../src/protocols/index.ts'

const NOW = 1_700_000_000_000_000
const WHOM = { ip: '198.51.100.1', port: 6881 }
const STEPS_MAX = 100
const ROUNDS = 400
const TOLD_LISTS_MAX = 4

const KINDS = protocols.flatMap(({ name, crawler }) =>
  crawler === undefined ? [] : [{ name, crawler }],
)

/** A content of each protocol whose hashes people copy. */
const HASHES = ['5a'.repeat(20), '5a'.repeat(16), 'A'.repeat(32)]

function contentOf({ contentOf: read }: CrawlerKind): string | undefined {
  return HASHES.map((hash) => read?.(hash)).find((content) => content !== undefined)
}

function* questions(kind: CrawlerKind): Generator<[Channel, Question]> {
  for (const channel of kind.channels) {
    const question = { channel: channel.name, whom: WHOM, self: 7, pair: 99 }
    const content = contentOf(kind)
    if (channel.contents.length > 0) {
      assert.ok(content !== undefined && channel.contents.some((each) => content.startsWith(each)))
      yield [channel, { ...question, content, size: 1000 }]
    }
    if (channel.maps === true) yield [channel, question]
  }
}

/** Opened, and not heard: until it is over. */
function silence(interview: Interview): Step[] {
  const steps = [interview.opened(NOW)]
  while (steps.at(-1)!.done === undefined) {
    const { wakeMicros, redial } = steps.at(-1)!
    assert.ok(redial === undefined && wakeMicros !== undefined, 'it waits for ever')
    steps.push(interview.tick(wakeMicros))
    assert.ok(steps.length < STEPS_MAX, 'it asks for ever')
  }
  return steps
}

for (const { name, crawler } of KINDS) {
  test(`${name}: silence ends every question, and the same question is the same bytes`, () => {
    for (const [channel, question] of questions(crawler)) {
      const steps = silence(crawler.inquire(question))
      assert.equal(steps.at(-1)!.done, 'unanswered', channel.name)
      const said = (all: readonly Step[]): string[] =>
        all.flatMap(({ send }) => send.map((bytes) => hex(bytes)))
      assert.ok(said(steps).length > 0, channel.name)
      assert.deepEqual(said(silence(crawler.inquire(question))), said(steps), channel.name)
      const { reaskSeconds, pauseSeconds, packets } = channel
      assert.ok(reaskSeconds >= 600 && pauseSeconds >= 1 && packets >= 1, channel.name)
    }
  })

  test(`${name}: noise, echoes and damage make nothing throw`, () => {
    const random = randomFrom(11)
    for (const [{ carrier }, question] of questions(crawler)) {
      for (let round = 0; round < ROUNDS; round++) {
        const interview = crawler.inquire(question)
        let step = interview.opened(NOW)
        for (let i = 0; i < 5 && step.done === undefined; i++) {
          const echo = step.send[0] ?? new Uint8Array(0)
          const bytes = Uint8Array.from({ length: random() % 300 }, (_, at) =>
            random() % 8 === 0 ? random() % 256 : (echo[at] ?? random() % 256),
          )
          step =
            carrier === 'tcp'
              ? interview.data!(bytes, NOW + i)
              : interview.datagram!(bytes, NOW + i)
          assert.ok(step.used >= 0 && step.used <= bytes.length)
          assert.ok(step.told.length <= TOLD_LISTS_MAX * limits.listedMax)
        }
      }
    }
  })
}
