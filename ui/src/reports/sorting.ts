/** In which order are the rows of a table shown? */
import type { Cell, TableRow } from '../api/contract'

export interface Order {
  column: number
  down: boolean
}

/** The order after a click on a column: numbers begin with the largest; a third click gives back the report's own. */
export function clicked(order: Order | null, column: number, numeric: boolean): Order | null {
  if (order?.column !== column) return { column, down: numeric }
  return order.down === numeric ? { column, down: !numeric } : null
}

export function sorted(rows: TableRow[], order: Order | null): TableRow[] {
  if (!order) return rows
  const { column, down } = order
  return [...rows].sort((a, b) => compare(a.cells[column] ?? null, b.cells[column] ?? null, down))
}

/** Only numbers and empty cells, and at least one number. */
export function isNumeric(rows: TableRow[], column: number): boolean {
  let numbers = 0
  for (const row of rows) {
    const cell = row.cells[column] ?? null
    if (typeof cell === 'string') return false
    if (cell !== null) numbers++
  }
  return numbers > 0
}

const WORDS = new Intl.Collator('en', { numeric: true, sensitivity: 'base' })

// An empty cell is last in both directions: who sorts looks for values.
function compare(a: Cell, b: Cell, down: boolean): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null)
  const upward = rising(a, b)
  return down ? -upward : upward
}

function rising(a: string | number, b: string | number): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  if (typeof a === 'string' && typeof b === 'string') return WORDS.compare(a, b)
  return typeof a === 'number' ? -1 : 1
}
