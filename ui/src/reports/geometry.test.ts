import { expect, test } from 'vitest'
import { PIECE_MIN, labelStep, shortened, slots, stacks, stepLabel } from './geometry'

test('pieces stand end to end, the longest bar takes all the length', () => {
  const [first, second] = stacks([{ label: 'a', values: [60, 0, 40] }, { label: 'b', values: [0, 50, 0] }], 100 + 3 * PIECE_MIN)
  expect(first?.total).toBe(100)
  expect(first?.pieces).toEqual([
    { series: 0, value: 60, start: 0, length: 60 + PIECE_MIN },
    { series: 2, value: 40, start: 60 + PIECE_MIN, length: 40 + PIECE_MIN },
  ])
  expect(second?.pieces).toEqual([{ series: 1, value: 50, start: 0, length: 50 + PIECE_MIN }])
})

test('one event beside a million is seen, and nothing is longer than it may be', () => {
  const list = stacks([{ label: 'peak', values: [1_000_000, 1, 1] }, { label: 'one', values: [1] }, { label: 'none', values: [] }], 120)
  expect(list[1]?.pieces[0]?.length).toBeGreaterThanOrEqual(PIECE_MIN)
  expect(list[2]).toEqual({ label: 'none', total: 0, pieces: [] })
  for (const { pieces } of list) expect(pieces.reduce((end, piece) => end + piece.length, 0)).toBeLessThanOrEqual(120.001)
})

test('places share the width evenly', () => {
  expect(slots(4, 80)).toEqual({ starts: [1, 21, 41, 61], breadth: 18 })
  expect(slots(2, 400)).toEqual({ starts: [76, 276], breadth: 48 })
  expect(slots(0, 400).starts).toEqual([])
  expect(slots(1000, 400).breadth).toBe(1)
})

test('labels where there is room', () => {
  expect(labelStep(7, 700, 60)).toBe(1)
  expect(labelStep(30, 600, 60)).toBe(3)
  expect(labelStep(30, 0, 60)).toBe(1800)
})

test.each([
  ['2026-11-20T00:00:00Z', '20 Nov'],
  ['2026-11-20', '20 Nov'],
  ['2026-11-20T14:00:00Z', '14:00'],
  ['Inbox', 'Inbox'],
  ['1', '1'],
])('step %s', (text, label) => expect(stepLabel(text)).toBe(label))

test('long labels are cut', () => {
  expect(shortened('eve.longname@contoso.example', 10)).toBe('eve.longn…')
  expect(shortened('ann', 3)).toBe('ann')
  expect(shortened('🙂🙂🙂', 2)).toBe('🙂…')
})
