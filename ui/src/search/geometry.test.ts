import { expect, test } from 'vitest'
import { BAR_HEIGHT_MIN, BUCKETS_MIN, bars, bucketAt, countWithin, domain, dragged, timeAt } from './geometry'

const hour = 3_600_000
const at = (clock: string) => Date.parse(`2026-11-20T${clock}Z`)
const histogram = {
  interval_seconds: 3600,
  buckets: [
    { start: '2026-11-20T08:00:00Z', count: 1000 },
    { start: '2026-11-20T10:00:00Z', count: 1 },
    { start: '2026-11-20T11:00:00Z', count: 0 },
  ],
}
const within = { from: at('08:00:00'), to: at('12:00:00') }

test('the domain is what was asked for, or else room for what was found', () => {
  const found = { histogram, from: '2026-11-20T08:10:00Z', to: '2026-11-20T10:05:00Z' }
  const air = ((BUCKETS_MIN - 4) / 2) * hour
  expect(domain(found, {})).toEqual({ from: within.from - air, to: within.to + air })
  expect(domain({ ...found, from: '2026-11-01T00:00:00Z' }, {})).toEqual({ from: Date.parse('2026-11-01'), to: within.to })
  expect(domain(found, { from: '2026-11-20T08:30:00Z', to: '2026-11-20T09:00:00Z' })).toEqual({ from: at('08:30:00'), to: at('09:00:00') })
  expect(domain({ histogram: { interval_seconds: 60, buckets: [] }, from: null, to: null }, {})).toBeNull()
  const moment = '2026-11-20T08:30:00Z'
  const none = { histogram: { interval_seconds: 1, buckets: [] }, from: moment, to: moment }
  expect(domain(none, { from: moment, to: moment })).toEqual({ from: at('08:30:00'), to: at('08:30:01') })
})

test('bars stand at their time, and the smallest is still seen', () => {
  const list = bars(histogram, within, 400, 100)
  expect(list.map((bar) => [bar.x, bar.width, bar.height])).toEqual([
    [0, 99, 100],
    [200, 99, BAR_HEIGHT_MIN],
  ])
  expect(countWithin(list, { from: at('09:00:00'), to: at('12:00:00') })).toBe(1)
})

test('a bucket that reaches past the range is cut', () => {
  const [bar] = bars(histogram, { from: at('08:30:00'), to: at('12:00:00') }, 350, 100)
  expect(bar).toMatchObject({ start: at('08:30:00'), end: at('09:00:00'), x: 0 })
})

test('a drag means whole buckets, in either direction and past the edges', () => {
  expect(dragged(at('10:40:00'), at('09:10:00'), histogram, within)).toEqual({ from: at('09:00:00'), to: at('11:00:00') })
  expect(dragged(timeAt(-50, within, 400), timeAt(900, within, 400), histogram, within)).toEqual(within)
  expect(bucketAt(at('12:00:00'), histogram, within)).toEqual({ from: at('11:00:00'), to: at('11:00:00') + hour })
})
