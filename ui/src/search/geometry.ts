/** Where do the bars of the histogram stand, and which times does a drag mean? Pure arithmetic in pixels and milliseconds. */
import type { HistogramAnswer } from '../api/contract'

export interface Domain {
  from: number
  to: number
}

export interface Bar {
  start: number
  end: number
  count: number
  x: number
  width: number
  height: number
}

/** A record must never be invisible beside a peak. */
export const BAR_HEIGHT_MIN = 2
const BAR_GAP = 1
export const BUCKETS_MIN = 40

/**
 * The times the histogram spans. An edge that was asked for stands; an open one makes room for all that was
 * found, also for the last second of it, because the end of a range is the first moment outside.
 */
export function domain(
  found: { histogram: HistogramAnswer; from: string | null; to: string | null },
  asked: { from?: string | undefined; to?: string | undefined },
): Domain | null {
  const interval = found.histogram.interval_seconds * 1000
  const starts = found.histogram.buckets.map((bucket) => Date.parse(bucket.start))
  const froms = asked.from ? [Date.parse(asked.from)] : [...starts, ...moments(found.from)]
  const ends = [...starts.map((start) => start + interval), ...moments(found.to).map((moment) => moment + 1000)]
  const from = Math.min(...froms)
  const to = asked.to ? Date.parse(asked.to) : Math.max(...ends)
  if (!Number.isFinite(from) || !Number.isFinite(to)) return null
  // A handful of records within seconds would be a wall of colour; open edges give them air.
  const air = Math.max(0, (BUCKETS_MIN * interval - (to - from)) / 2)
  return {
    from: asked.from ? from : from - Math.floor(air / interval) * interval,
    to: Math.max(asked.to ? to : to + Math.floor(air / interval) * interval, from + 1000),
  }
}

function moments(time: string | null): number[] {
  return time ? [Date.parse(time)] : []
}

/** A bar for each bucket with records; the server may leave the empty ones out. */
export function bars(histogram: HistogramAnswer, within: Domain, width: number, height: number): Bar[] {
  const interval = histogram.interval_seconds * 1000
  const most = Math.max(1, ...histogram.buckets.map((bucket) => bucket.count))
  const scale = width / (within.to - within.from)
  const list: Bar[] = []
  for (const bucket of histogram.buckets) {
    // The first and the last bucket may reach past the range that was asked for.
    const start = Math.max(Date.parse(bucket.start), within.from)
    const end = Math.min(Date.parse(bucket.start) + interval, within.to)
    if (bucket.count === 0 || !(end > start)) continue
    const wide = (end - start) * scale
    list.push({
      start,
      end,
      count: bucket.count,
      x: (start - within.from) * scale,
      width: Math.max(wide - (wide > 3 ? BAR_GAP : 0), 1),
      height: Math.max((bucket.count / most) * height, BAR_HEIGHT_MIN),
    })
  }
  return list
}

export function timeAt(x: number, within: Domain, width: number): number {
  const share = Math.min(Math.max(x / Math.max(width, 1), 0), 1)
  return within.from + share * (within.to - within.from)
}

export function xOf(time: number, within: Domain, width: number): number {
  return ((time - within.from) / (within.to - within.from)) * width
}

/** The bucket that holds a moment, cut to the range. */
export function bucketAt(time: number, histogram: HistogramAnswer, within: Domain): Domain {
  const interval = histogram.interval_seconds * 1000
  const known = histogram.buckets[0] ? Date.parse(histogram.buckets[0].start) : within.from
  const last = Math.max(within.to - 1, within.from)
  const start = known + Math.floor((Math.min(time, last) - known) / interval) * interval
  return { from: Math.max(start, within.from), to: Math.min(start + interval, within.to) }
}

/** A drag selects whole buckets: what is seen selected is what one gets. */
export function dragged(a: number, b: number, histogram: HistogramAnswer, within: Domain): Domain {
  return {
    from: bucketAt(Math.min(a, b), histogram, within).from,
    to: bucketAt(Math.max(a, b), histogram, within).to,
  }
}

export function countWithin(list: Bar[], range: Domain): number {
  return list.reduce((sum, bar) => (bar.start >= range.from && bar.end <= range.to ? sum + bar.count : sum), 0)
}
