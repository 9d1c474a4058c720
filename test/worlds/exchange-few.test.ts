/** P2PScope's lower figure: 12.7 % of 37,079 endpoints reversed, 61 % of those who were meant alive. */
import { test } from 'node:test'
import { findsReversed } from './exchange-in-test.ts'

test('12.7 % reversed: verdict, rates, controls, clients and channels, in 20 of 20', () => {
  findsReversed(0.127)
})
