import { expect, test } from 'vitest'
import type { Job } from '../api/contract'
import { counts, facts, isActive, listOf, request, share, type Draft } from './job'

const job: Job = {
  id: 'a', name: '', what: '', format: 'csv', state: 'running', done: 1200, total: 8000, created: '2026-11-20T08:00:00Z',
  started: null, finished: null, expires: '2026-11-27T08:00:00Z', error: null, file: null, bytes: null, deliveries: [],
}
const draft: Draft = { name: '', query: '', mailboxes: '', logon_types: [], operations: '', format: 'xml', mail_to: '' }

test.each<[Partial<Job>, string, number | null, boolean]>([
  [{}, '1,200 of 8,000 events', 0.15, true],
  [{ total: null }, '1,200 events', null, true],
  [{ total: 0, done: 0 }, '0 events', null, true],
  [{ done: 9000 }, '9,000 of 8,000 events', 1, true],
  [{ state: 'queued', done: 0, total: null }, '', 0, true],
  [{ state: 'done', done: 1 }, '1 event', 1 / 8000, false],
  [{ state: 'failed', done: null }, '', null, false],
])('progress of %j', (change, words, part, active) => {
  const changed = { ...job, ...change }
  expect([counts(changed), share(changed), isActive(changed)]).toEqual([words, part, active])
})

test('the facts of a job', () => {
  expect(facts(job)).toEqual(['1,200 of 8,000 events', 'made 2026-11-20 08:00:00'])
  const done: Job = { ...job, state: 'done', done: 8000, finished: '2026-11-20T08:00:09Z', file: 'a.csv', bytes: 48_000_000 }
  expect(facts(done)).toEqual(['8,000 events', 'csv of 48 MB', 'made 2026-11-20 08:00:00', 'finished 2026-11-20 08:00:09', 'kept until 2026-11-27 08:00:00'])
})

test('lists as people paste them', () => {
  expect(listOf(' ann@contoso.example\r\nben@contoso.example, ann@contoso.example;\n\n')).toEqual(['ann@contoso.example', 'ben@contoso.example'])
})

test('a request holds what was filled in', () => {
  const given = (change: Partial<Draft>, tenant = '') => JSON.parse(JSON.stringify(request({ ...draft, ...change }, { tenant })))
  expect(given({})).toEqual({ format: 'xml' })
  expect(given({ name: ' Rules ', query: 'operation:New-InboxRule ', format: 'csv' }, 'contoso')).toEqual({
    name: 'Rules', query: 'operation:New-InboxRule', format: 'csv', tenant: 'contoso',
  })
  expect(given({ mailboxes: 'a\nb', logon_types: ['owner'], operations: 'Send, SendAs', mail_to: 'x@contoso.example' })).toEqual({
    mailboxes: ['a', 'b'], logon_types: ['owner'], operations: ['Send', 'SendAs'], mail_to: ['x@contoso.example'], format: 'xml',
  })
})
