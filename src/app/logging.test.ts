/** The log is JSON for programs, and a sentence where a person looks. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openLog } from './logging.ts'

function logged(isTTY: boolean, say: (log: ReturnType<typeof openLog>) => void): string {
  let text = ''
  say(openLog('info', { isTTY, write: (more: string) => (text += more) }))
  return text
}

test('JSON lines, one a statement, without what the level leaves out', () => {
  const line = logged(false, (log) => {
    log.debug('no')
    log.info({ capture: 'a\nb' }, 'reading')
  })
  const { time, ...rest } = JSON.parse(line) as Record<string, unknown>
  assert.deepEqual(rest, { level: 30, capture: 'a\nb', msg: 'reading' })
  assert.match(String(time), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
})

test('on a terminal: words, and nothing that a name could do to it', () => {
  const plain = logged(true, (log) => {
    log.warn({ capture: '\u001b[2Ja' }, 'damaged')
    log.error({ err: new Error('no\u001b]0;x') }, 'it failed')
  })
  assert.equal(
    plain,
    'peerscope: warning: damaged capture="\\u001b[2Ja"\npeerscope: error: it failed: no\\x1b]0;x\n',
  )
})
