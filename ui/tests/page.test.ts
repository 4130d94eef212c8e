/**
 * Does the page work in a real browser, against a real server?
 *
 *   TRAIL365_URL=http://127.0.0.1:3650 npm run test:browser
 *
 * CHROMIUM names the browser (default /usr/bin/chromium); TRAIL365_SCREENSHOTS names a folder for pictures.
 * What is stored is not known here, so every count is compared with what the API itself answers.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type BrowserContext, type Page, type Route } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { EventAnswer, Job, ReportKind, ReportPage, SearchAnswer, SqlAnswer, SummaryAnswer } from '../src/api/contract'
import { term } from '../src/query/filter'

const BROWSER_FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
/** Members of the answers that hold text from records, or text that someone typed. */
const HOSTILE_IN = ['Line', 'line', 'Operation', 'UserId', 'raw', 'value', 'path', 'Tenant', 'label', 'what', 'title', 'error', 'words']
const HOSTILE = '<img src=x onerror="window.owned=1"><script>window.owned=1</script>'

const base = (process.env['TRAIL365_URL'] ?? '').replace(/\/$/, '')
const pictures = process.env['TRAIL365_SCREENSHOTS']
const profile = mkdtempSync(join(tmpdir(), 'trail365-ui-'))

let context: BrowserContext | undefined
let page: Page
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

test('the page is served with a strict policy and shows the newest rows', async () => {
  const response = await page.goto(`${base}/`)
  const policy = response?.headers()['content-security-policy'] ?? ''
  for (const rule of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "frame-ancestors 'none'"]) {
    expect(policy).toContain(rule)
  }
  expect(policy).not.toContain('unsafe')
  await shows(await count({}))
  const { rows } = await api<SearchAnswer>('search', { limit: '5' })
  expect(rows.length, 'the server has no records: the other checks need some').toBeGreaterThan(0)
  expect(await page.locator('tbody tr[data-key]').first().getAttribute('data-key')).toBe(rows[0]?.Key)
  await picture('light')
})

test('a click on a value of a facet narrows, a second click widens, the minus excludes', async () => {
  const all = await count({})
  const { facets } = await api<SummaryAnswer>('summary', { facets: 'Operation' })
  const value = facets[0]?.values.find((each) => each.count < all)?.value
  expect(value, 'Operation has only one value: nothing to narrow').toBeDefined()
  const filter = { field: 'Operation', value: value ?? '', exclude: false }
  const facet = page.getByRole('region', { name: 'Operation', exact: true })
  const button = facet.locator('button.value').filter({ has: page.getByText(filter.value, { exact: true }) })

  await button.click()
  await shows(await count({ q: term(filter) }))
  expect(parameter('q')).toBe(term(filter))
  expect(await page.locator('#q').inputValue()).toBe(term(filter))

  await button.click()
  await shows(all)
  expect(page.url()).toBe(`${base}/`)

  await button.hover()
  await facet.getByRole('button', { name: `Exclude Operation ${filter.value}`, exact: true }).click()
  await shows(await count({ q: term({ ...filter, exclude: true }) }))
  await page.goBack()
  await shows(all)
})

test('dragging on the histogram narrows the range, double-click widens it', async () => {
  const graph = page.locator('.histogram svg[role=application]')
  const box = await graph.boundingBox()
  const highest = await graph.locator('.bar').evaluateAll((list) => {
    const bars = list.map((bar) => ({ x: Number(bar.getAttribute('x')), height: Number(bar.getAttribute('height')) }))
    return bars.sort((a, b) => b.height - a.height)[0]
  })
  if (!box || !highest) throw new Error('the histogram has no bars')
  const all = await count({})
  const [from, to] = [Math.max(highest.x - 40, 2), Math.min(highest.x + 40, box.width - 2)]
  await page.mouse.move(box.x + from, box.y + 50)
  await page.mouse.down()
  await page.mouse.move(box.x + (from + to) / 2, box.y + 40, { steps: 4 })
  await page.mouse.move(box.x + to, box.y + 45, { steps: 4 })
  await expectText('.tip', /record/)
  await picture('drag')
  await page.mouse.up()

  await page.waitForURL((url) => url.searchParams.has('from') && url.searchParams.has('to'))
  const range = { from: parameter('from') ?? '', to: parameter('to') ?? '' }
  expect(Date.parse(range.from)).toBeLessThan(Date.parse(range.to))
  const within = await count(range)
  expect(within).toBeGreaterThan(0)
  expect(within).toBeLessThanOrEqual(all)
  await shows(within)

  const address = page.url()
  await graph.dblclick({ position: { x: box.width / 2, y: 50 } })
  await page.waitForURL((url) => url.href !== address)
  const wider = [parameter('from'), parameter('to')].map((text) => (text === null ? null : Date.parse(text)))
  const [widerFrom, widerTo] = wider
  if (typeof widerFrom === 'number' && typeof widerTo === 'number') {
    expect(widerTo - widerFrom).toBeGreaterThan(Date.parse(range.to) - Date.parse(range.from))
  }
  await page.goto(`${base}/`)
})

test('an event shows its fields and its raw JSON, and a reload restores everything', async () => {
  const row = page.locator('tbody tr[data-key]').nth(1)
  const key = (await row.getAttribute('data-key')) ?? ''
  await row.locator('td.time').click()
  const panel = page.getByRole('complementary', { name: 'Event' })
  const event = await api<EventAnswer>(`events/${encodeURIComponent(key)}`, {})
  await expectText('aside[aria-label=Event] dt', String(event.fields[0]?.path))
  await panel.getByRole('button', { name: 'Exact', exact: true }).click()
  expect(await panel.locator('pre.raw').textContent()).toBe(event.raw)
  await panel.getByRole('button', { name: 'Line breaks' }).click()
  await picture('event')

  const address = page.url()
  expect(parameter('event')).toBe(key)
  await page.reload()
  expect(page.url()).toBe(address)
  await expectText('aside[aria-label=Event] dt', String(event.fields[0]?.path))
  await shows(await count({}))
  await page.goBack()
  await panel.waitFor({ state: 'detached' })
})

test('a value of an event is one click from a filter', async () => {
  await page.locator('tbody tr[data-key] td.time').first().click()
  const panel = page.getByRole('complementary', { name: 'Event' })
  const add = panel.getByRole('button', { name: /^Only Operation / }).first()
  await add.waitFor({ state: 'attached' })
  await add.focus()
  await page.keyboard.press('Enter')
  await page.waitForURL((url) => /^Operation:/.test(url.searchParams.get('q') ?? ''))
  await shows(await count({ q: parameter('q') ?? '' }))
  await page.goto(`${base}/`)
})

test('the keyboard reaches the search, the rows and the event', async () => {
  await shows(await count({}))
  await page.keyboard.press('/')
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('q')
  await page.keyboard.press('Escape')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowDown')
  const key = await page.locator('tr[data-current]').getAttribute('data-key')
  await page.keyboard.press('Enter')
  await page.waitForURL((url) => url.searchParams.get('event') === key)
  await page.keyboard.press('ArrowUp')
  await page.waitForURL((url) => ![null, key].includes(url.searchParams.get('event')))
  await page.keyboard.press('Escape')
  await page.waitForURL((url) => !url.searchParams.has('event'))
})

test('a wrong query says what is wrong', async () => {
  await page.locator('#q').fill('Operation:(Send')
  await page.keyboard.press('Enter')
  const answer = await fetch(`${base}/api/v1/search?q=${encodeURIComponent('Operation:(Send')}`)
  expect(answer.status).toBe(400)
  const { error } = (await answer.json()) as { error: { message: string } }
  await expectText('.ask [role=alert]', error.message)
  await picture('wrong')
  // The browser itself logs an answer of 400; that is all it may log.
  await page.waitForLoadState('networkidle')
  expect(complaints.every((text) => /400/.test(text))).toBe(true)
  complaints = []
  await page.getByRole('button', { name: 'Clear the search' }).click()
  await shows(await count({}))
})

test('sorting turns the order around', async () => {
  await page.getByRole('button', { name: /Time/ }).click()
  await page.waitForURL((url) => url.searchParams.get('sort') === 'CreationTime')
  const { rows } = await api<SearchAnswer>('search', { sort: 'CreationTime', limit: '1' })
  await page.locator(`tbody tr:first-child[data-key="${rows[0]?.Key}"]`).waitFor()
  await page.goBack()
})

test('SQL runs and shows what the API answers', async () => {
  const sql = 'select count(*) as n from events'
  await page.getByRole('link', { name: 'SQL' }).click()
  await page.locator('#sql').fill(sql)
  await page.keyboard.press('Control+Enter')
  await page.locator('.result tbody tr').first().waitFor()
  const answer = await fetch(`${base}/api/v1/sql`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ sql, limit: 10 }),
  })
  const { rows } = (await answer.json()) as SqlAnswer
  expect(await page.locator('.result tbody tr').count()).toBe(rows.length)
  expect(await page.locator('.result tbody td').first().textContent()).toContain(String(rows[0]?.[0]))
  expect(parameter('sql')).toBe(sql)
  await picture('sql')
})

test('issues and quarantine are shown', async () => {
  await page.getByRole('link', { name: /Issues/ }).click()
  await page.getByRole('heading', { name: 'Oddities in records' }).waitFor()
  await page.getByRole('heading', { name: 'Quarantine', exact: true }).waitFor()
  await page.waitForLoadState('networkidle')
  expect(await page.getByRole('alert').count()).toBe(0)
  await picture('issues')
})

test('a report says on what it rests, and a reload runs it again', async () => {
  const { reports } = await api<{ reports: ReportKind[] }>('reports', {})
  const titles = reports.map((kind) => kind.title)
  await page.getByRole('link', { name: 'Reports' }).click()
  const kinds = page.getByRole('navigation', { name: 'Reports' })
  await kinds.getByRole('link').first().waitFor()
  expect(await kinds.locator('b').allTextContents()).toEqual(titles)
  await picture('reports')

  await kinds.locator('a[href*="report=overview"]').click()
  await page.waitForURL((url) => url.searchParams.get('report') === 'overview')
  await reportShows('overview')
  const { coverage } = await api<ReportPage>('reports/overview', {})
  expect(await page.locator('article details strong').count()).toBe(coverage.gaps.length > 0 ? 1 : 0)
  await picture('report')
  await page.reload()
  await reportShows('overview')

  await kinds.locator('a[href*="report=non-owner-access"]').click()
  await reportShows('non-owner-access')
  expect(parameter('report')).toBe('non-owner-access')
})

test('a report is told what it needs', async () => {
  const { reports } = await api<{ reports: ReportKind[] }>('reports', {})
  const kind = reports.find((each) => each.required.includes('user'))
  if (!kind) return
  const { rows } = await api<SearchAnswer>('search', { q: 'UserId:*', limit: '1' })
  const user = String(rows[0]?.UserId)
  await page.goto(`${base}/?tab=reports&report=${kind.name}`)
  await expectText('.answer h2', /^Which .*user/)
  await page.locator('input[name=user]').fill(user)
  await page.keyboard.press('Enter')
  await page.waitForURL((url) => url.searchParams.get('user') === user)
  await reportShows(kind.name, { user })
  await expectText('article header', user)
})

test('the tables of a report are sorted by a click, and a row opens its event', async () => {
  const { reports } = await api<{ reports: ReportKind[] }>('reports', {})
  const { rows } = await api<SearchAnswer>('search', { q: 'UserId:*', limit: '1' })
  const tables = page.locator('article section:has(th)')
  let opened = false
  for (const kind of reports) {
    const needed = kind.required.length === 0 ? '' : kind.required.includes('user') ? `&user=${encodeURIComponent(String(rows[0]?.UserId))}` : null
    if (needed === null) continue
    await page.goto(`${base}/?tab=reports&report=${kind.name}${needed}`)
    await page.locator('.answer[aria-busy=false] article').waitFor()
    if ((await tables.count()) > 0 && !opened) {
      const column = tables.first().locator('th button').first()
      await column.click()
      const sort = await column.locator('xpath=..').getAttribute('aria-sort')
      expect(['ascending', 'descending']).toContain(sort)
      await column.click()
      expect(await column.locator('xpath=..').getAttribute('aria-sort')).not.toBe(sort)
    }
    const open = page.locator('button[data-event]').first()
    if (opened || (await open.count()) === 0) continue
    const key = (await open.getAttribute('data-event')) ?? ''
    await open.click()
    await page.waitForURL((url) => url.searchParams.get('event') === key)
    await expectText('aside[aria-label=Event] h2', /./)
    await picture('report-event')
    await page.keyboard.press('Escape')
    await page.waitForURL((url) => !url.searchParams.has('event'))
    expect(await page.evaluate(() => document.activeElement?.getAttribute('data-event'))).toBe(key)
    opened = true
  }
  expect(opened, 'no report has a row that shows an event').toBe(true)
})

test('a report opens as a page with its style, and its tables are saved as CSV', async () => {
  await page.goto(`${base}/?tab=reports&report=overview`)
  await reportShows('overview')
  const [{ title, answer }, sheet] = await Promise.all([api<ReportPage>('reports/overview', {}), opens('Open as a page')])
  expect(sheet.text).toContain(title)
  expect(sheet.styled, 'the policy must allow the style of the report').toBe(true)
  const table = answer.sections.flatMap((section) => ('table' in section ? [section.table] : []))[0]
  if (!table) return
  const coming = page.waitForEvent('download')
  await page.getByRole('region', { name: table.title, exact: true }).getByRole('link', { name: 'CSV' }).click()
  expect((await coming).suggestedFilename()).toMatch(/\.csv$/)
})

test('a search becomes a job: made, watched, downloaded, removed', async () => {
  const q = 'operation:New-InboxRule'
  await page.goto(`${base}/?q=${encodeURIComponent(q)}`)
  await page.getByRole('button', { name: 'Export as a job' }).click()
  const form = page.getByRole('form', { name: 'New job' })
  expect(await form.locator('input[name=query]').inputValue()).toBe(q)
  await picture('job-form')

  await form.locator('input[name=query]').fill('Operation:(Send')
  await form.getByRole('button', { name: 'Create the job' }).click()
  await form.getByRole('alert').waitFor()
  // The browser itself logs the refusal; that is all it may log.
  expect(complaints.every((text) => /400/.test(text))).toBe(true)
  complaints = []

  const name = `rules ${Date.now()}`
  await form.locator('input[name=query]').fill(q)
  await form.locator('input[name=name]').fill(name)
  await form.getByRole('radio', { name: 'CSV' }).check()
  await form.getByRole('button', { name: 'Create the job' }).click()
  await form.waitFor({ state: 'detached' })
  const row = page.locator('li[data-job]', { hasText: name })
  await row.waitFor()
  await picture('jobs')
  await row.getByText('Done', { exact: true }).waitFor({ timeout: 20_000 })
  const { jobs } = await api<{ jobs: Job[] }>('jobs', {})
  expect(jobs.find((job) => job.name === name)).toMatchObject({ state: 'done', format: 'csv' })

  const coming = page.waitForEvent('download')
  await row.getByRole('link', { name: 'Download' }).click()
  expect((await coming).suggestedFilename()).toMatch(/\.csv(\.gz)?$/)
  await row.getByRole('button', { name: `Remove ${name}` }).click()
  await row.getByRole('button', { name: 'Remove for good' }).click()
  await row.waitFor({ state: 'detached' })
})

test('dark mode is dark, and nothing sticks out at any width', async () => {
  await page.goto(`${base}/`)
  await page.emulateMedia({ colorScheme: 'dark' })
  await shows(await count({}))
  const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor)
  const light = (ground.match(/\d+/g) ?? []).slice(0, 3).map(Number)
  expect(Math.max(...light)).toBeLessThan(64)
  await picture('dark')
  for (const [name, address, ready] of [
    ['width', '/', 'tbody tr[data-key]'],
    ['report', '/?tab=reports&report=overview', 'article'],
    ['jobs', '/?tab=jobs&new=1', 'form[aria-labelledby=new-job]'],
  ] as const) {
    await page.goto(`${base}${address}`)
    await page.locator(ready).first().waitFor()
    for (const width of [480, 800, 1280, 1920]) {
      await page.setViewportSize({ width, height: 900 })
      expect(await page.evaluate(() => document.documentElement.scrollWidth), `${name} at ${width}`).toBeLessThanOrEqual(width)
      await picture(`${name}-${width}`)
    }
  }
  await page.setViewportSize({ width: 1440, height: 900 })
  await page.emulateMedia({ colorScheme: 'light' })
})

test('hostile text is shown as text', async () => {
  const poison = async (route: Route) => {
    const response = await route.fetch()
    const body = JSON.stringify(await response.json(), (name, value: unknown) =>
      typeof value === 'string' && HOSTILE_IN.includes(name)
        ? `${HOSTILE} ${value}`
        : value,
    )
    await route.fulfill({ response, body })
  }
  await page.route('**/api/v1/**', poison)
  await page.goto(`${base}/`)
  await expectText('tbody tr[data-key] .user', HOSTILE)
  await page.locator('tbody tr[data-key] td.time').first().click()
  await expectText('aside[aria-label=Event] dd', HOSTILE)
  await expectText('aside[aria-label=Event] pre.raw', HOSTILE)
  await picture('hostile')
  await page.goto(`${base}/?tab=reports&report=overview`)
  await expectText('article dt', HOSTILE)
  await page.goto(`${base}/?tab=jobs`)
  await page.locator('main .sheet li, main .notice').first().waitFor()
  expect(await page.locator('img, iframe, object, body script:not([src])').count()).toBe(0)
  expect(await page.evaluate(() => 'owned' in window)).toBe(false)
  await page.unroute('**/api/v1/**', poison)
})

test('a server that wants a token is given one', async () => {
  const guard = async (route: Route) => {
    const { authorization, ...headers } = route.request().headers()
    if (authorization === 'Bearer open sesame') return route.continue({ headers })
    await route.fulfill({ status: 401, json: { error: { message: 'An access token is needed.', hint: null } } })
  }
  await page.route('**/api/v1/**', guard)
  await page.goto(`${base}/`)
  await page.locator('#token').fill('open sesame')
  await page.getByRole('button', { name: 'Continue' }).click()
  await shows(await count({}))

  // A link cannot carry the token, so these are fetched.
  await page.goto(`${base}/?tab=reports&report=overview`)
  await page.locator('article').waitFor()
  const sheet = await opens('Open as a page')
  expect(sheet.address).toMatch(/^blob:/)
  expect(sheet.styled, 'the policy must allow the style of the report').toBe(true)
  await page.unroute('**/api/v1/**', guard)
  await page.waitForLoadState('networkidle')
  expect(complaints.every((text) => /401/.test(text))).toBe(true)
  complaints = []
})

/** Waits until the page counts as many records as it should. */
async function shows(total: number) {
  const text = `${new Intl.NumberFormat('en-US').format(total)} record${total === 1 ? '' : 's'}`
  await page.locator('.histogram strong', { hasText: new RegExp(`^${text}$`) }).waitFor()
  await page.locator('table[aria-busy=false], .notice').first().waitFor()
}

/** Waits until the report is here, with as many events as the API counts, its charts and its tables. */
async function reportShows(name: string, asked: Record<string, string> = {}) {
  const { title, events, answer } = await api<ReportPage>(`reports/${name}`, asked)
  const article = page.getByRole('article', { name: title, exact: true })
  await article.getByText(`Rests on ${new Intl.NumberFormat('en-US').format(events)} event`).waitFor()
  expect(await article.locator('figure').count()).toBe(answer.sections.filter((section) => 'chart' in section).length)
  expect(await article.locator('section').count()).toBe(answer.sections.filter((section) => 'table' in section).length)
}

/** What a link opens in a tab of its own, which is closed again. */
async function opens(link: string) {
  const coming = page.context().waitForEvent('page')
  await page.getByRole('link', { name: link }).click()
  const sheet = await coming
  await sheet.locator('h1').first().waitFor()
  const styled = await sheet.evaluate(() => [...document.styleSheets].some((style) => style.cssRules.length > 0))
  const opened = { address: sheet.url(), text: (await sheet.locator('body').textContent()) ?? '', styled }
  await sheet.close()
  return opened
}

async function expectText(selector: string, text: string | RegExp) {
  await page.locator(selector, { hasText: text }).first().waitFor()
}

async function count(question: Record<string, string>): Promise<number> {
  return (await api<SummaryAnswer>('summary', { ...question, buckets: '1' })).total
}

async function api<T>(path: string, parameters: Record<string, string>): Promise<T> {
  const response = await fetch(`${base}/api/v1/${path}?${new URLSearchParams(parameters)}`)
  if (!response.ok) throw new Error(`${response.url}: ${response.status} ${await response.text()}`)
  return (await response.json()) as T
}

function parameter(name: string): string | null {
  return new URL(page.url()).searchParams.get(name)
}

async function picture(name: string) {
  if (pictures) await page.screenshot({ path: join(pictures, `ui-${name}.png`) })
}
