/** P2PScope's upper figure: 25 % of 37,079 endpoints reversed, 61 % of those who were meant alive. */
import { test } from 'node:test'
import { findsReversed } from './exchange-in-test.ts'

test('25 % reversed: verdict, rates, controls, clients and channels, in 20 of 20', () => {
  findsReversed(0.25)
})
