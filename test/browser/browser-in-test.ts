/**
 * A real browser before the real server. Debian's chromium is used where it is; elsewhere these tests
 * are skipped with a sentence.
 */
import { existsSync, readFileSync } from 'node:fs'
import { type BrowserContext, chromium, type Page } from 'playwright-core'
import { repositoryFile } from '../../src/core/repository.ts'
import type { PageParts } from '../../src/services/page/parts.ts'
import { partsInTest } from '../../src/services/page/parts-in-test.ts'
import { type PageServer, servePage } from '../../src/services/page/server.ts'

const CHROMIUM = '/usr/bin/chromium'

/** The reason why these tests cannot run here, or false. */
export const NO_BROWSER: string | false = !existsSync(CHROMIUM)
  ? 'chromium is not installed'
  : !existsSync(repositoryFile('dist/src/services/page/client/index.html'))
    ? 'the page was not built'
    : false

const axeSource = readFileSync(repositoryFile('node_modules/axe-core/axe.min.js'), 'utf8')

export interface Site {
  /** With a slash at its end. */
  readonly url: string
  readonly server: PageServer
  close(): Promise<void>
}

/** A server over the made network of the page's own tests. */
export async function openSite(more: Partial<PageParts> = {}, port = 0): Promise<Site> {
  const parts = { ...partsInTest(), ...more }
  const server = await servePage(parts, { host: '127.0.0.1', port })
  return {
    url: `http://127.0.0.1:${server.address.port}/`,
    server,
    close: () => server.close(),
  }
}

export interface Visit {
  readonly context: BrowserContext
  readonly page: Page
  /** Errors and warnings of the browser: scripts that failed, what the policy refused. */
  readonly complaints: string[]
  /** Paths below /api/ that were asked, with their questions. */
  readonly asked: string[]
  /** Go to a screen of the site: `#/now`. */
  open(hash: string): Promise<void>
  /** Which screen it is. */
  hash(): string
  close(): Promise<void>
}

export interface VisitOptions {
  readonly theme?: 'light' | 'dark'
  readonly width?: number
  readonly height?: number
}

export async function visit(url: string, options: VisitOptions = {}): Promise<Visit> {
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    // Where tests run as root, chromium's own sandbox refuses to start. The page is ours.
    args: ['--no-sandbox'],
  })
  const context = await browser.newContext({
    viewport: { width: options.width ?? 1440, height: options.height ?? 900 },
    colorScheme: options.theme ?? 'light',
    timezoneId: 'UTC',
  })
  const page = await context.newPage()
  const complaints: string[] = []
  const asked: string[] = []
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('dialog', (dialog) => {
    complaints.push(`a dialog said ${dialog.message()}`)
    void dialog.dismiss()
  })
  page.on('request', (request) => {
    const at = request.url().indexOf('/api/')
    if (at >= 0) asked.push(request.url().slice(at + 5))
  })
  await page.goto(url)
  const open = async (hash: string) => {
    await page.goto(url + hash)
    await settled(page)
  }
  const hash = () => new URL(page.url()).hash
  return { context, page, complaints, asked, open, hash, close: () => browser.close() }
}

/** Everything that was asked for has come. */
export async function settled(page: Page): Promise<void> {
  await page.locator('#main').waitFor()
  await page.locator('.waiting, .busy').first().waitFor({ state: 'detached' })
  // Answers fade in; half-transparent text would be measured as pale.
  await page.evaluate('Promise.all(document.getAnimations().map((one) => one.finished))')
}

/** The cells of each row of a table, with bars between them. */
export async function rowsOf(page: Page, caption: string): Promise<string[]> {
  const table = page.getByRole('table', { name: caption })
  const texts: string[] = []
  for (const row of await table.locator('tbody tr').all()) {
    const cells = await row.locator('th, td').allTextContents()
    texts.push(cells.map((cell) => cell.trim()).join(' | '))
  }
  return texts
}

interface AxeResult {
  readonly violations: readonly {
    readonly id: string
    readonly help: string
    readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[]
  }[]
}

/** What axe finds wrong with the page as it stands, in words; all of WCAG 2.2 AA and best practice. */
export async function axeFindings(page: Page): Promise<string[]> {
  await page.evaluate(axeSource)
  const result = (await page.evaluate(
    `axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })`,
  )) as AxeResult
  return result.violations.flatMap(({ id, help, nodes }) =>
    nodes
      .slice(0, 3)
      .map(({ html, failureSummary }) => `${id}: ${help}\n${html}\n${failureSummary}`),
  )
}
