/** How is a cell of a report written? */
import type { Cell } from '../api/contract'
import { visible, whole } from '../parts/text'
import { readable } from '../time/text'

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/

export function isTime(cell: Cell): boolean {
  return typeof cell === 'string' && TIME.test(cell)
}

export function shown(cell: Cell): string {
  if (cell === null) return ''
  if (typeof cell === 'number') return whole(cell)
  return isTime(cell) ? readable(cell) : visible(cell)
}
