/** Which stretch of time is looked at, and how does one zoom in it? */
import { DAY, HOUR, MINUTE, iso } from './text'

export type Last = '1h' | '24h' | '7d' | '30d'

export type Span =
  | { kind: 'all' }
  /** Up to now, whenever that is: a bookmark of it moves along. */
  | { kind: 'last'; last: Last }
  /** Fixed: `from` is inside, `to` is the first moment after it; either may be open. */
  | { kind: 'between'; from?: string; to?: string }

export const ALL: Span = { kind: 'all' }

export const LASTS: { last: Last; label: string; title: string; milliseconds: number }[] = [
  { last: '1h', label: '1 h', title: 'The last hour', milliseconds: HOUR },
  { last: '24h', label: '24 h', title: 'The last 24 hours', milliseconds: DAY },
  { last: '7d', label: '7 d', title: 'The last 7 days', milliseconds: 7 * DAY },
  { last: '30d', label: '30 d', title: 'The last 30 days', milliseconds: 30 * DAY },
]

export function between(from: number, to: number): Span {
  return { kind: 'between', from: iso(from), to: iso(to) }
}

const AROUND = 10 * MINUTE

/** Ten minutes before a moment, ten after it. */
export function around(moment: number): Span {
  return between(moment - AROUND, moment + AROUND)
}

/** The fixed range a span means at the moment `now`. */
export function resolve(span: Span, now: number): { from?: string | undefined; to?: string | undefined } {
  if (span.kind === 'all') return {}
  if (span.kind === 'between') return { from: span.from, to: span.to }
  const length = LASTS.find((each) => each.last === span.last)?.milliseconds ?? DAY
  // Whole seconds; the second that has begun is inside.
  const second = Math.floor(now / 1000) * 1000 + 1000
  return { from: iso(second - length), to: iso(second) }
}

export const ZOOM_OUT_FACTOR = 4

/** Four times the range around its middle, held inside what is stored; all of it becomes "everything". */
export function zoomOut(from: number, to: number, stored: { first: number; last: number } | null): Span {
  if (!stored) return ALL
  const middle = (from + to) / 2
  const half = Math.max((to - from) * ZOOM_OUT_FACTOR, 1000) / 2
  const wideFrom = middle - half
  const wideTo = middle + half
  if (wideFrom <= stored.first && wideTo > stored.last) return ALL
  // Where the range would reach past what is stored, it slides back inside.
  const start = Math.max(Math.min(wideFrom, stored.last + 1000 - 2 * half), stored.first)
  const end = Math.min(Math.max(wideTo, stored.first + 2 * half), stored.last + 1000)
  return between(Math.floor(start / 1000) * 1000, Math.ceil(end / 1000) * 1000)
}
