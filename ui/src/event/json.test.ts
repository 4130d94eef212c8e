import { expect, test } from 'vitest'
import { COLOURED_CHARACTERS_MAX, pretty } from './json'

const text = (raw: string) => pretty(raw)?.map((token) => token.text).join('')

test('line breaks are added and nothing else changes', () => {
  expect(text('{"a":1.10,"a":[true,{}],"big":12345678901234567890,"e":[]}')).toBe(
    '{\n  "a": 1.10,\n  "a": [\n    true,\n    {}\n  ],\n  "big": 12345678901234567890,\n  "e": []\n}',
  )
})

test('signs inside text are text', () => {
  expect(text('{"s":"{\\"x\\": [1, 2]}, <img src=x>"}')).toBe('{\n  "s": "{\\"x\\": [1, 2]}, <img src=x>"\n}')
})

test('kinds', () => {
  expect(pretty('{"k":null}')?.map((token) => token.kind)).toEqual([
    'punctuation', 'punctuation', 'key', 'punctuation', 'word', 'punctuation', 'punctuation',
  ])
})

test('what is not JSON, or very long, is left as it is', () => {
  expect(pretty('{"cut": "off')).toBeNull()
  expect(pretty(`"${'x'.repeat(COLOURED_CHARACTERS_MAX)}"`)).toBeNull()
})
