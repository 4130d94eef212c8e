/** Does a search become a job, and a job a file? */
import { expect, test } from 'vitest'
import type { Job } from '../src/api/contract'
import { api, base, forgive, page, picture } from './browser'

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
  forgive(400)

  const name = `rules ${Date.now()}`
  await form.locator('input[name=query]').fill(q)
  await form.locator('input[name=name]').fill(name)
  // A span is chosen without sending the form, and what was filled in stays.
  await form.getByRole('button', { name: '30 d' }).click()
  await page.waitForURL((url) => url.searchParams.get('last') === '30d')
  await form.getByRole('button', { name: 'Everything' }).click()
  expect(await form.locator('input[name=query]').inputValue()).toBe(q)
  await form.getByRole('radio', { name: 'CSV' }).check()
  await form.locator('input[name=name]').press('Enter')
  await form.waitFor({ state: 'detached' })
  expect(new URL(page.url()).searchParams.get('last')).toBeNull()
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
