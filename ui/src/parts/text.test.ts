import { expect, test } from 'vitest'
import { counted, plain, short, size, visible } from './text'

test('characters that hide or reverse text become visible', () => {
  expect(visible('invoice\u202egpj.exe')).toBe('invoice\\u202egpj.exe')
  expect(visible('a\u0000b\u001b[31m')).toBe('a\\u0000b\\u001b[31m')
  expect(visible('VI1PR04 (15.20)\r\n\tnext')).toBe('VI1PR04 (15.20)\n\tnext')
  expect(visible('Grüße 漢字 🙂 <img>')).toBe('Grüße 漢字 🙂 <img>')
})

test('values are written as their reader needs them', () => {
  expect(plain('as is')).toBe('as is')
  expect(plain(null)).toBe('')
  expect(plain(false)).toBe('false')
  expect(plain({ a: [1] })).toBe('{"a":[1]}')
})

test('counts', () => {
  expect(short(9_999)).toBe('9,999')
  expect(short(1_234_567)).toBe('1.2M')
  expect(counted(1, 'record')).toBe('1 record')
  expect(counted(1200, 'record')).toBe('1,200 records')
})

test('sizes', () => {
  expect([0, 999, 1_234_567, 48_000_000, 5e15].map(size)).toEqual(['0 B', '999 B', '1.2 MB', '48 MB', '5000 TB'])
})
