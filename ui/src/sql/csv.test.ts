import { expect, test } from 'vitest'
import { cell, csv } from './csv'

test.each([
  ['plain', 'plain'],
  ['a,b', '"a,b"'],
  ['say "hi"', '"say ""hi"""'],
  ['two\r\nlines', '"two\r\nlines"'],
  ['=cmd|calc!A1', "'=cmd|calc!A1"],
  ['+1 (555) 0100', "'+1 (555) 0100"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['-2+3', "'-2+3"],
  [' =1+1', "' =1+1"],
  ['\t=1', "'\t=1"],
  ['-12.5', '-12.5'],
  [-3, '-3'],
  [1e-7, '1e-7'],
  [null, ''],
  [true, 'true'],
  [{ a: 1 }, '"{""a"":1}"'],
])('cell %j', (value, text) => expect(cell(value)).toBe(text))

test('rows end as RFC 4180 says', () => {
  expect(csv(['a', '=b'], [[1, 'x']])).toBe("a,'=b\r\n1,x\r\n")
})
