/**
 * How does a test use the page in a real browser, against a real server?
 *
 *   TRAIL365_URL=http://127.0.0.1:3650 npm run test:browser
 *
 * CHROMIUM names the browser (default /usr/bin/chromium); TRAIL365_SCREENSHOTS names a folder for pictures.
 * What is stored is not known here, so every count is compared with what the API itself answers.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type BrowserContext, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import type { SummaryAnswer } from '../src/api/contract'

const BROWSER_FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export const base = (process.env['TRAIL365_URL'] ?? '').replace(/\/$/, '')
const pictures = process.env['TRAIL365_SCREENSHOTS']
const profile = mkdtempSync(join(tmpdir(), 'trail365-ui-'))

let context: BrowserContext | undefined
export let page: Page
/** What the browser complained about since the last test. */
let complaints: string[] = []
const foreign: string[] = []

beforeAll(async () => {
  if (!base) throw new Error('TRAIL365_URL is not set: start `trail365 serve` and give its address, as in TRAIL365_URL=http://127.0.0.1:3650')
  context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    headless: true,
    args: BROWSER_FLAGS,
    viewport: { width: 1440, height: 900 },
    colorScheme: 'light',
  })
  page = context.pages()[0] ?? (await context.newPage())
  page.setDefaultTimeout(10_000)
  // Chromium reports a violation of the Content-Security-Policy as an error on the console.
  page.on('console', (message) => void (message.type() === 'error' && complaints.push(message.text())))
  page.on('pageerror', (error) => void complaints.push(String(error)))
  page.on('request', (request) => {
    const url = new URL(request.url())
    if (!['data:', 'blob:'].includes(url.protocol) && url.origin !== new URL(base).origin) foreign.push(request.url())
  })
})

afterAll(async () => {
  await context?.close()
  rmSync(profile, { recursive: true, force: true })
})

afterEach(() => {
  expect(complaints, 'errors on the console').toEqual([])
  expect(foreign, 'requests to other origins').toEqual([])
})

/** Waits until the page counts as many records as it should. */
export async function shows(total: number) {
  const text = `${new Intl.NumberFormat('en-US').format(total)} record${total === 1 ? '' : 's'}`
  await page.locator('.histogram strong', { hasText: new RegExp(`^${text}$`) }).waitFor()
  await page.locator('table[aria-busy=false], .notice').first().waitFor()
}

/** What a link opens in a tab of its own, which is closed again. */
export async function opens(link: string) {
  const coming = page.context().waitForEvent('page')
  await page.getByRole('link', { name: link }).click()
  const sheet = await coming
  await sheet.locator('h1').first().waitFor()
  const styled = await sheet.evaluate(() => [...document.styleSheets].some((style) => style.cssRules.length > 0))
  const opened = { address: sheet.url(), text: (await sheet.locator('body').textContent()) ?? '', styled }
  await sheet.close()
  return opened
}

export async function expectText(selector: string, text: string | RegExp) {
  await page.locator(selector, { hasText: text }).first().waitFor()
}

export async function count(question: Record<string, string>): Promise<number> {
  return (await api<SummaryAnswer>('summary', { ...question, buckets: '1' })).total
}

export async function api<T>(path: string, parameters: Record<string, string>): Promise<T> {
  const response = await fetch(`${base}/api/v1/${path}?${new URLSearchParams(parameters)}`)
  if (!response.ok) throw new Error(`${response.url}: ${response.status} ${await response.text()}`)
  return (await response.json()) as T
}

export function parameter(name: string): string | null {
  return new URL(page.url()).searchParams.get(name)
}

export async function picture(name: string) {
  if (pictures) await page.screenshot({ path: join(pictures, `ui-${name}.png`) })
}

/** The browser itself logs a refusal; that is all it may have logged. */
export function forgive(status: number) {
  expect(complaints.filter((text) => !text.includes(String(status)))).toEqual([])
  complaints = []
}
