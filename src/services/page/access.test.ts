/** Who may speak to the page: other pages may not, other names may not, beyond this machine a token. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { partsInTest } from './parts-in-test.ts'
import { type PageParts, pageApp } from './server.ts'

const TOKEN = '0123456789abcdef0123456789abcdef'

function asker(more: Partial<PageParts> = {}) {
  const app = pageApp(partsInTest(more))
  return (path: string, headers: Record<string, string> = {}, init: RequestInit = {}) =>
    app.request(`http://127.0.0.1:8686${path}`, {
      ...init,
      headers: { host: '127.0.0.1:8686', ...headers },
    })
}

test('every answer carries the policy: nothing inline, nothing from elsewhere, in no frame', async () => {
  const ask = asker()
  for (const path of ['/api/status', '/api/nope', '/api/flows?limit=x', '/', '/metrics']) {
    const { headers } = await ask(path)
    const policy = headers.get('content-security-policy') ?? ''
    assert.match(policy, /^default-src 'none'; script-src 'self';/, path)
    assert.doesNotMatch(policy, /unsafe/)
    assert.match(policy, /frame-ancestors 'none'/)
    assert.equal(headers.get('x-content-type-options'), 'nosniff')
    assert.equal(headers.get('referrer-policy'), 'no-referrer')
  }
})

test('a name that is not ours is refused: it was rebound to this address', async () => {
  const ask = asker({ hostNames: ['peers.example'] })
  const status = async (host: string) => (await ask('/api/status', { host })).status
  for (const host of [
    'localhost:8686',
    '127.0.0.1',
    '[::1]:8686',
    'Peers.Example',
    '192.0.2.7:80',
  ]) {
    assert.equal(await status(host), 200, host)
  }
  for (const host of [
    'evil.example:8686',
    'localhost.evil.example',
    '',
    '127.0.0.1.evil.example',
  ]) {
    assert.equal(await status(host), 403, host)
  }
})

test('what changes something does not come from another page', async () => {
  const captures = { bytesMax: 10, take: async (name: string) => ({ name }) }
  const ask = asker({ captures })
  const post = async (headers: Record<string, string>) =>
    (await ask('/api/captures?name=a', headers, { method: 'POST', body: 'x' })).status
  assert.equal(await post({}), 202)
  assert.equal(await post({ origin: 'http://127.0.0.1:8686' }), 202)
  assert.equal(await post({ 'sec-fetch-site': 'same-origin' }), 202)
  assert.equal(await post({ origin: 'http://evil.example' }), 403)
  assert.equal(await post({ origin: 'null' }), 403)
  assert.equal(await post({ origin: 'http://127.0.0.1:8080' }), 403)
  assert.equal(await post({ 'sec-fetch-site': 'cross-site' }), 403)
  assert.equal(await post({ 'sec-fetch-site': 'same-site' }), 403)
})

test('with a token, nothing is told without it but that the server lives', async () => {
  const ask = asker({ token: TOKEN })
  for (const path of ['/', '/api/status', '/api/events', '/metrics', '/api/flows.csv']) {
    assert.equal((await ask(path)).status, 401, path)
  }
  assert.equal((await ask('/healthz')).status, 200)
  assert.equal((await ask('/api/status', { authorization: `Bearer ${TOKEN}` })).status, 200)
  assert.equal((await ask('/api/status', { authorization: `Bearer ${TOKEN}0` })).status, 401)
  assert.equal((await ask(`/?token=${TOKEN.slice(0, -1)}1`)).status, 401)
})

test('the token in the address becomes a cookie, and leaves the address', async () => {
  const ask = asker({ token: TOKEN })
  const opened = await ask(`/?token=${TOKEN}&where=family%3D%3Dx`)
  assert.equal(opened.status, 303)
  assert.equal(opened.headers.get('location'), '/?where=family%3D%3Dx')
  const cookie = opened.headers.get('set-cookie') ?? ''
  assert.match(cookie, /^peerscope-8686=[0-9a-f]{32}; .*HttpOnly; SameSite=Lax$/)
  assert.equal((await ask('/api/status', { cookie: cookie.split(';')[0]! })).status, 200)
  // Whatever is asked for, the answer leads nowhere else.
  const elsewhere = await ask(`//evil.example/?token=${TOKEN}`)
  assert.equal(elsewhere.headers.get('location'), '/evil.example/')
})
