import { expect, test } from 'vitest'
import type { Cell } from '../api/contract'
import { clicked, isNumeric, sorted } from './sorting'

const rows = (cells: Cell[]) => cells.map((cell) => ({ cells: [cell], key: null }))
const order = (cells: Cell[], down: boolean) => sorted(rows(cells), { column: 0, down }).map((row) => row.cells[0])

test.each<[Cell[], Cell[], Cell[]]>([
  [[9, 10, 1], [1, 9, 10], [10, 9, 1]],
  [[null, 2, null, 3], [2, 3, null, null], [3, 2, null, null]],
  [['ben', 'Ann', null], ['Ann', 'ben', null], ['ben', 'Ann', null]],
  [['item 10', 'item 9'], ['item 9', 'item 10'], ['item 10', 'item 9']],
  [['2026-11-20T08:15:02Z', '2026-11-19T23:00:00Z'], ['2026-11-19T23:00:00Z', '2026-11-20T08:15:02Z'], ['2026-11-20T08:15:02Z', '2026-11-19T23:00:00Z']],
  [['a', 1, null], [1, 'a', null], ['a', 1, null]],
])('%j', (cells, up, down) => {
  expect(order(cells, false)).toEqual(up)
  expect(order(cells, true)).toEqual(down)
})

test('without an order the rows stand as the report gave them', () => {
  const given = rows([3, 1, 2])
  expect(sorted(given, null)).toBe(given)
})

test('clicks go around', () => {
  expect(clicked(null, 1, false)).toEqual({ column: 1, down: false })
  expect(clicked({ column: 1, down: false }, 1, false)).toEqual({ column: 1, down: true })
  expect(clicked({ column: 1, down: true }, 1, false)).toBeNull()
  expect(clicked({ column: 1, down: true }, 2, true)).toEqual({ column: 2, down: true })
  expect(clicked({ column: 2, down: true }, 2, true)).toEqual({ column: 2, down: false })
})

test.each<[Cell[], boolean]>([
  [[1, null, 2], true],
  [[1, 'two'], false],
  [[null], false],
  [[], false],
])('numbers in %j: %s', (cells, expected) => expect(isNumeric(rows(cells), 0)).toBe(expected))
