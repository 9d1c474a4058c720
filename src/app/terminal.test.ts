/** Colours follow the habits that programs share. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wantsColour, widthOf } from './terminal.ts'

test('colour: option, NO_COLOR, CLICOLOR_FORCE, TERM, terminal, in this order', () => {
  const tty = { isTTY: true, columns: 132 }
  assert.equal(wantsColour(tty, {}, true), true)
  assert.equal(wantsColour(tty, {}, false), false)
  assert.equal(wantsColour(tty, { NO_COLOR: '1', CLICOLOR_FORCE: '1' }, true), false)
  assert.equal(wantsColour(tty, { NO_COLOR: '' }, true), true)
  assert.equal(wantsColour(tty, { TERM: 'dumb' }, true), false)
  assert.equal(wantsColour({}, {}, true), false)
  assert.equal(wantsColour({}, { CLICOLOR_FORCE: '1', TERM: 'dumb' }, true), true)
  assert.equal(wantsColour({}, { CLICOLOR_FORCE: '0' }, true), false)
  assert.equal(wantsColour({}, { CLICOLOR_FORCE: '1' }, false), false)
})

test('width: that of the terminal, else one that is always the same', () => {
  assert.equal(widthOf({ isTTY: true, columns: 132 }), 132)
  assert.equal(widthOf({}), 100)
})
