/** What is on the screen? All of it stands in the URL, so that a reload, the back button and a colleague see the same. */
import type { Sort } from '../api/contract'
import { PARAMETERS, type Asked } from '../reports/parameters'
import { ALL, LASTS, type Span } from '../time/span'
import { iso, parse } from '../time/text'

/** As they stand in the top bar. */
export const TABS = ['search', 'reports', 'jobs', 'sql', 'issues'] as const
export type Tab = (typeof TABS)[number]

export const TITLES: Record<Tab, string> = {
  search: 'Search',
  reports: 'Reports',
  jobs: 'Jobs',
  sql: 'SQL',
  issues: 'Issues',
}

export interface View {
  tab: Tab
  q: string
  span: Span
  tenant: string
  sort: Sort
  /** The Key of the event in the side panel; empty when closed. */
  event: string
  /** Facets beyond the server's own choice. */
  facets: string[]
  /** The statement that was run last. */
  sql: string
  /** The name of the report that is open; empty for none. */
  report: string
  /** What the report was told. */
  asked: Asked
  /** The form for a new job is open. */
  creating: boolean
}

export const START: View = {
  tab: 'search',
  q: '',
  span: ALL,
  tenant: '',
  sort: '-CreationTime',
  event: '',
  facets: [],
  sql: '',
  report: '',
  asked: {},
  creating: false,
}

/** Reads what it can: a link cut short by a mail program still opens. */
export function readView(search: string): View {
  const given = new URLSearchParams(search)
  const tab = TABS.find((each) => each === given.get('tab')) ?? START.tab
  return {
    tab,
    q: given.get('q') ?? '',
    span: readSpan(given),
    tenant: given.get('tenant') ?? '',
    sort: given.get('sort') === 'CreationTime' ? 'CreationTime' : '-CreationTime',
    event: given.get('event') ?? '',
    facets: [...new Set((given.get('facets') ?? '').split(',').filter((name) => name !== ''))],
    sql: given.get('sql') ?? '',
    report: given.get('report') ?? '',
    asked: readAsked(given),
    creating: tab === 'jobs' && given.has('new'),
  }
}

/** Only what differs from the start, so that a plain page has a plain address. */
export function writeView(view: View): string {
  const given = new URLSearchParams()
  if (view.tab !== START.tab) given.set('tab', view.tab)
  if (view.q !== '') given.set('q', view.q)
  if (view.span.kind === 'last') given.set('last', view.span.last)
  if (view.span.kind === 'between') {
    if (view.span.from) given.set('from', view.span.from)
    if (view.span.to) given.set('to', view.span.to)
  }
  if (view.tenant !== '') given.set('tenant', view.tenant)
  if (view.sort !== START.sort) given.set('sort', view.sort)
  if (view.facets.length > 0) given.set('facets', view.facets.join(','))
  if (view.event !== '') given.set('event', view.event)
  if (view.sql !== '') given.set('sql', view.sql)
  if (view.report !== '') given.set('report', view.report)
  for (const name of PARAMETERS) {
    const value = view.asked[name]
    if (value) given.set(name, value)
  }
  if (view.tab === 'jobs' && view.creating) given.set('new', '1')
  const text = given.toString()
  return text === '' ? '' : `?${text}`
}

function readSpan(given: URLSearchParams): Span {
  const from = readTime(given.get('from'), 'from')
  const to = readTime(given.get('to'), 'to')
  if (from || to) return { kind: 'between', ...(from ? { from } : {}), ...(to ? { to } : {}) }
  const last = LASTS.find((each) => each.last === given.get('last'))
  return last ? { kind: 'last', last: last.last } : ALL
}

function readAsked(given: URLSearchParams): Asked {
  const asked: Asked = {}
  for (const name of PARAMETERS) {
    const value = given.get(name)
    if (value) asked[name] = value
  }
  return asked
}

function readTime(text: string | null, edge: 'from' | 'to'): string | null {
  const milliseconds = text === null ? null : parse(text, edge)
  return milliseconds === null ? null : iso(milliseconds)
}
