import { expect, test } from 'vitest'
import { ticks } from './axis'
import { between, resolve, zoomOut } from './span'
import { DAY, HOUR, MINUTE, duration, iso, parse, readable } from './text'

const noon = Date.UTC(2026, 10, 20, 12)

test.each([
  ['2026-11-20', 'from', '2026-11-20T00:00:00Z'],
  ['2026-11-20', 'to', '2026-11-21T00:00:00Z'],
  [' 2026-11-20 08:15 ', 'to', '2026-11-20T08:15:00Z'],
  ['2026-11-20T08:15:02Z', 'from', '2026-11-20T08:15:02Z'],
  ['2026-11-20 08:15:02 UTC', 'from', '2026-11-20T08:15:02Z'],
  ['2026-11-20T08:15:02+02:00', 'from', '2026-11-20T06:15:02Z'],
  ['2026-02-30', 'from', null],
  ['yesterday', 'from', null],
  ['', 'from', null],
] as const)('read %s (%s)', (text, edge, expected) => {
  const read = parse(text, edge)
  expect(read === null ? null : iso(read)).toBe(expected)
})

test('write', () => {
  expect(readable('2026-11-20T08:15:02Z')).toBe('2026-11-20 08:15:02')
  expect(readable('2026-11-20T08:15:02.123Z')).toBe('2026-11-20 08:15:02')
  expect(readable('*REDACTED*')).toBe('*REDACTED*')
  expect([5 * MINUTE, HOUR, 36 * HOUR, 2 * DAY, 90 * 1000].map(duration)).toEqual([
    '5 minutes', '1 hour', '36 hours', '2 days', '90 seconds',
  ])
})

test('a span becomes a range', () => {
  expect(resolve({ kind: 'all' }, noon)).toEqual({})
  expect(resolve({ kind: 'last', last: '1h' }, noon)).toEqual({ from: '2026-11-20T11:00:01Z', to: '2026-11-20T12:00:01Z' })
  expect(resolve(between(noon, noon + DAY), noon)).toEqual({ from: '2026-11-20T12:00:00Z', to: '2026-11-21T12:00:00Z' })
})

test('zooming out grows around the middle, stays inside what is stored, and ends at everything', () => {
  const stored = { first: noon - 10 * DAY, last: noon + 10 * DAY }
  expect(zoomOut(noon - HOUR, noon + HOUR, stored)).toEqual(between(noon - 4 * HOUR, noon + 4 * HOUR))
  expect(zoomOut(noon + 9 * DAY, noon + 10 * DAY, stored)).toEqual(between(noon + 6 * DAY + 1000, noon + 10 * DAY + 1000))
  expect(zoomOut(noon - 5 * DAY, noon + 5 * DAY, stored)).toEqual({ kind: 'all' })
  expect(zoomOut(noon, noon + HOUR, null)).toEqual({ kind: 'all' })
})

test('ticks stand at round times and say what changes', () => {
  const labels = (length: number) => ticks(noon, noon + length, 8).map((tick) => tick.label)
  expect(labels(HOUR)).toEqual(['12:00', '12:10', '12:20', '12:30', '12:40', '12:50'])
  expect(labels(DAY)).toEqual(['12:00', '15:00', '18:00', '21:00', '21 Nov', '03:00', '06:00', '09:00'])
  expect(labels(7 * DAY)).toEqual(['21 Nov', '22 Nov', '23 Nov', '24 Nov', '25 Nov', '26 Nov', '27 Nov'])
  expect(labels(400 * DAY)).toEqual(['Jan 2027', 'Mar 2027', 'May 2027', 'Jul 2027', 'Sep 2027', 'Nov 2027'])
  expect(labels(6000 * DAY)).toEqual(['2030', '2035', '2040'])
  expect(ticks(noon, noon, 8)).toEqual([])
})
