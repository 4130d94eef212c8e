/** Does the page run reports: told what they need, with their coverage, charts, tables and files? */
import { expect, test } from 'vitest'
import type { ReportKind, ReportPage, SearchAnswer } from '../src/api/contract'
import { api, base, expectText, opens, page, parameter, picture } from './browser'

test('a report says on what it rests, and a reload runs it again', async () => {
  const { reports } = await api<{ reports: ReportKind[] }>('reports', {})
  const titles = reports.map((kind) => kind.title)
  await page.goto(`${base}/`)
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
  const [{ title, sections }, sheet] = await Promise.all([api<ReportPage>('reports/overview', {}), opens('Open as a page')])
  expect(sheet.text).toContain(title)
  expect(sheet.styled, 'the policy must allow the style of the report').toBe(true)
  const table = sections.flatMap((section) => ('table' in section ? [section.table] : []))[0]
  if (!table) return
  const coming = page.waitForEvent('download')
  await page.getByRole('region', { name: table.title, exact: true }).getByRole('link', { name: 'CSV' }).click()
  expect((await coming).suggestedFilename()).toMatch(/\.csv$/)
})

/** Waits until the report is here, with as many events as the API counts, its charts and its tables. */
async function reportShows(name: string, asked: Record<string, string> = {}) {
  const { title, events, sections } = await api<ReportPage>(`reports/${name}`, asked)
  const article = page.getByRole('article', { name: title, exact: true })
  await article.getByText(`Rests on ${new Intl.NumberFormat('en-US').format(events)} event`).waitFor()
  expect(await article.locator('figure').count()).toBe(sections.filter((section) => 'chart' in section).length)
  expect(await article.locator('section').count()).toBe(sections.filter((section) => 'table' in section).length)
}
