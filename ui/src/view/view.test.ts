import { expect, test } from 'vitest'
import { START, readView, writeView, type View } from './view'

test('a plain page has a plain address', () => {
  expect(writeView(START)).toBe('')
  expect(readView('')).toEqual(START)
})

test('every view survives its address', () => {
  const views: View[] = [
    { ...START, q: 'Operation:"Add member & more" +1 #x %20', span: { kind: 'last', last: '7d' } },
    { ...START, span: { kind: 'between', from: '2026-11-20T08:15:02Z', to: '2026-11-20T09:00:00Z' } },
    { ...START, span: { kind: 'between', to: '2026-11-20T09:00:00Z' }, sort: 'CreationTime', tenant: 'contoso' },
    { ...START, event: 'contoso/2026 11?&', facets: ['AppId', 'Parameters.ForwardTo'] },
    { ...START, tab: 'sql', sql: 'select "Operation"\nfrom events where x = \'a&b\'' },
    { ...START, tab: 'issues' },
    { ...START, tab: 'reports', report: 'overview', span: { kind: 'last', last: '7d' }, tenant: 'contoso' },
    { ...START, tab: 'reports', report: 'user', asked: { user: 'ann+x@contoso.example', address: '203.0.113.0/24' }, event: '0f' },
    { ...START, tab: 'jobs', q: 'Operation:New-InboxRule' },
    { ...START, tab: 'jobs', q: 'Operation:New-InboxRule', creating: true },
  ]
  for (const view of views) expect(readView(writeView(view))).toEqual(view)
})

test('a damaged address opens as far as it can be read', () => {
  expect(readView('?tab=nothing&q=a&from=yesterday&last=9y&sort=up&facets=,,A,A')).toEqual({ ...START, q: 'a', facets: ['A'] })
  expect(readView('?tab=reports&user=&session=s&mailboxes=a&new=1')).toEqual({ ...START, tab: 'reports', asked: { session: 's' } })
  expect(readView('?from=2026-11-20').span).toEqual({ kind: 'between', from: '2026-11-20T00:00:00Z' })
})

test('the form for a job closes with its tab', () => {
  expect(writeView({ ...START, tab: 'search', creating: true })).toBe('')
})
