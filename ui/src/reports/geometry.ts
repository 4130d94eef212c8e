/** Where do the pieces of a chart stand? Pure arithmetic in pixels. */
import type { ChartBar } from '../api/contract'
import { label as momentLabel } from '../time/axis'
import { DAY, HOUR } from '../time/text'

export interface Piece {
  /** Which series it belongs to. */
  series: number
  value: number
  start: number
  length: number
}

export interface Stack {
  label: string
  total: number
  pieces: Piece[]
}

/** A single event must stay visible beside a peak. */
export const PIECE_MIN = 1.5
const SLOT_GAP = 2

/** Each bar as its pieces, end to end. No bar is longer than `length`. */
export function stacks(bars: ChartBar[], length: number): Stack[] {
  const totals = bars.map((bar) => sum(bar.values))
  const most = Math.max(1, ...totals)
  const pieces = Math.max(1, ...bars.map((bar) => bar.values.length))
  // Every piece gets the least length, and its share of what the least lengths leave.
  const shared = Math.max(length - pieces * PIECE_MIN, 0)
  return bars.map((bar, at) => {
    let start = 0
    const list: Piece[] = []
    bar.values.forEach((value, series) => {
      if (value <= 0) return
      const size = PIECE_MIN + (value / most) * shared
      list.push({ series, value, start, length: size })
      start += size
    })
    return { label: bar.label, total: totals[at] ?? 0, pieces: list }
  })
}

/** Equal places side by side, and how wide the bar in each may be. */
export function slots(count: number, width: number): { starts: number[]; breadth: number } {
  const room = width / Math.max(count, 1)
  const breadth = Math.max(Math.min(room - (room > 4 ? SLOT_GAP : 0), 48), 1)
  const starts = Array.from({ length: count }, (_, at) => at * room + (room - breadth) / 2)
  return { starts, breadth }
}

/** Every how many bars a label has room. */
export function labelStep(count: number, width: number, label_pixels: number): number {
  return Math.max(1, Math.ceil((count * label_pixels) / Math.max(width, 1)))
}

/** A step of time as short as it can be: the day, or the hour within it; other labels stay as they are. */
export function stepLabel(text: string): string {
  const moment = Date.parse(text)
  if (Number.isNaN(moment) || !/^\d{4}-\d\d/.test(text)) return text
  return momentLabel(moment, moment % DAY === 0 ? DAY : HOUR)
}

/** Cuts what would run into its neighbour; SVG has no ellipsis of its own. */
export function shortened(text: string, characters_max: number): string {
  const characters = [...text]
  return characters.length > characters_max ? `${characters.slice(0, Math.max(characters_max - 1, 1)).join('')}…` : text
}

export function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
