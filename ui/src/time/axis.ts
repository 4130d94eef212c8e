/** Which moments are worth a mark on a time axis, and what do they say? */
import { DAY, HOUR, MINUTE, SECOND } from './text'

export interface Tick {
  at: number
  label: string
}

const STEPS = [
  ...[1, 2, 5, 10, 15, 30].map((count) => count * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * MINUTE),
  ...[1, 2, 3, 6, 12].map((count) => count * HOUR),
  ...[1, 2, 4, 7, 14].map((count) => count * DAY),
]
const MONTH_STEPS = [1, 2, 3, 6, 12, 24, 60, 120]
const MONTH_DAYS = 30.44
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')

/** At most `most` marks, at round times. */
export function ticks(from: number, to: number, most: number): Tick[] {
  if (!(to > from) || most < 1) return []
  const step = STEPS.find((each) => (to - from) / each <= most)
  return step ? evenTicks(from, to, step) : monthTicks(from, to, most)
}

function evenTicks(from: number, to: number, step: number): Tick[] {
  const marks: Tick[] = []
  for (let at = Math.ceil(from / step) * step; at < to; at += step) marks.push({ at, label: label(at, step) })
  return marks
}

function monthTicks(from: number, to: number, most: number): Tick[] {
  const months = (to - from) / (MONTH_DAYS * DAY)
  const step = MONTH_STEPS.find((each) => months / each <= most) ?? Math.ceil(months / most)
  const marks: Tick[] = []
  const first = new Date(from)
  let month = Math.floor((first.getUTCFullYear() * 12 + first.getUTCMonth()) / step) * step
  for (; ; month += step) {
    const at = Date.UTC(Math.floor(month / 12), month % 12, 1)
    if (at >= to) return marks
    if (at >= from) marks.push({ at, label: step % 12 === 0 ? year(at) : `${monthName(at)} ${year(at)}` })
  }
}

/** What a mark says, where marks are `step` apart. */
export function label(at: number, step: number): string {
  const moment = new Date(at)
  if (at % DAY === 0) return `${moment.getUTCDate()} ${monthName(at)}`
  const clock = moment.toISOString()
  return step < MINUTE ? clock.slice(11, 19) : clock.slice(11, 16)
}

function monthName(at: number): string {
  return MONTHS[new Date(at).getUTCMonth()] ?? ''
}

function year(at: number): string {
  return String(new Date(at).getUTCFullYear())
}
