import { expect, test } from 'vitest'
import { shown } from './cells'

test.each([
  [null, ''],
  [0, '0'],
  [12_345, '12,345'],
  ['2026-11-20T08:15:02Z', '2026-11-20 08:15:02'],
  ['2026-11-20T08:15:02.125Z', '2026-11-20 08:15:02'],
  ['2026', '2026'],
  ['invoice\u202egpj.exe', 'invoice\\u202egpj.exe'],
])('cell %j', (cell, text) => expect(shown(cell)).toBe(text))
