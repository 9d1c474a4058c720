/** The client's files, and nothing beside them. */
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { temporaryFolder } from '../../core/temporary-folder-in-test.ts'
import { partsInTest } from './parts-in-test.ts'
import { pageApp } from './server.ts'

function asker(context: TestContext) {
  const folder = temporaryFolder(context)
  const client = join(folder, 'client')
  mkdirSync(join(client, 'assets'), { recursive: true })
  writeFileSync(join(folder, 'secret.json'), '{}')
  writeFileSync(join(client, 'index.html'), '<!doctype html><title>page</title>')
  writeFileSync(join(client, 'assets', 'app-1f2e3d4c90.js'), 'export {}')
  writeFileSync(join(client, 'plain.js'), 'export {}')
  writeFileSync(join(client, 'tsconfig.tsbuildinfo'), '{}')
  const app = pageApp({ ...partsInTest(), client })
  return (path: string, headers: Record<string, string> = {}) =>
    app.request(`http://localhost${path}`, { headers: { host: 'localhost', ...headers } })
}

test('names with a hash are kept for ever, the page is asked for again', async (context) => {
  const ask = asker(context)
  const script = await ask('/assets/app-1f2e3d4c90.js')
  assert.equal(script.headers.get('content-type'), 'text/javascript; charset=utf-8')
  assert.match(script.headers.get('cache-control') ?? '', /immutable/)
  assert.equal((await ask('/plain.js')).headers.get('cache-control'), 'no-cache')
  const page = await ask('/')
  assert.equal(page.headers.get('cache-control'), 'no-cache')
  assert.match(await page.text(), /<title>page/)
  const again = await ask('/', { 'if-none-match': page.headers.get('etag')! })
  assert.equal(again.status, 304)
  assert.match(again.headers.get('content-security-policy') ?? '', /default-src 'none'/)
})

test('a path that is no file is the page, but not below /api and /assets', async (context) => {
  const ask = asker(context)
  assert.match(await (await ask('/host/10.0.0.1')).text(), /<title>page/)
  assert.equal((await ask('/assets/app-00000000.js')).status, 404)
  assert.equal((await ask('/api/x.js')).status, 404)
})

test('no path leads out of the folder or to what is no part of the page', async (context) => {
  const ask = asker(context)
  for (const path of [
    '/../secret.json',
    '/assets/../../secret.json',
    '/%2e%2e/secret.json',
    '/..%2fsecret.json',
    '/assets/%2e%2e%2f%2e%2e%2fsecret.json',
    '/.hidden.js',
    '/tsconfig.tsbuildinfo',
    '//etc/passwd',
    '/a\\..\\..\\secret.json',
  ]) {
    const response = await ask(path)
    const text = await response.text()
    assert.ok(response.status === 404 || text.includes('<title>page'), `${path}: ${text}`)
  }
})
