/** An address is called what the configuration calls it, and by the first network that holds it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nameBook } from './names.ts'

const book = nameBook({
  hosts: { '10.1.2.3': 'printer' },
  networks: [
    { name: 'lab', cidrs: ['10.1.0.0/16', '2001:db8:1::/48'], policy: 'allow' },
    { name: 'campus', cidrs: ['10.0.0.0/8', '192.0.2.7'], policy: 'forbid' },
  ],
})

test('hosts have names, objects have none', () => {
  assert.equal(book.host('10.1.2.3'), 'printer')
  assert.equal(book.host('constructor'), undefined)
})

test('networks are asked in their order, in both kinds of address', () => {
  const ips = ['10.1.2.3', '10.2.0.1', '192.0.2.7', '192.0.2.8', '2001:db8:1:2::3', '2001:db8:2::1']
  assert.deepEqual(
    ips.map((ip) => book.network(ip)?.name),
    ['lab', 'campus', 'campus', undefined, 'lab', undefined],
  )
})
