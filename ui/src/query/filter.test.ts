import { expect, test } from 'vitest'
import { filtersOf, hasTerm, quote, term, withFilter, withTerm, withoutTerm } from './filter'
import { split } from './terms'

const operation = { field: 'Operation', value: 'Send', exclude: false }

test.each([
  ['New-InboxRule', 'New-InboxRule'],
  ['ann@contoso.com', 'ann@contoso.com'],
  ['203.0.113.7', '203.0.113.7'],
  ['2001:db8::1', '"2001:db8::1"'],
  ['Add member to role.', '"Add member to role."'],
  ['say "hi" \\ bye', '"say \\"hi\\" \\\\ bye"'],
  ['-dash', '"-dash"'],
  ['or', '"or"'],
  ['NOT', '"NOT"'],
  ['a*', '"a*"'],
  ['>5', '">5"'],
  ['', '""'],
  ['Überweisung', 'Überweisung'],
])('quote %s', (value, quoted) => expect(quote(value)).toBe(quoted))

test.each([
  ['', 'Operation:Send'],
  ['  ', 'Operation:Send'],
  ['user:ann', 'user:ann Operation:Send'],
  ['user:ann or user:bob', '(user:ann or user:bob) Operation:Send'],
  ['(user:ann or user:bob)', '(user:ann or user:bob) Operation:Send'],
  ['"to be or not to be"', '"to be or not to be" Operation:Send'],
  ['Operation:Send', 'Operation:Send'],
  ['user:ann operation:send', 'user:ann operation:send'],
  ['-Operation:Send user:ann', 'user:ann Operation:Send'],
  ['user:ann and not Operation:"Send"', 'user:ann Operation:Send'],
])('click on a value: %s', (query, after) => expect(withFilter(query, operation)).toBe(after))

test('names with blanks are quoted too, and read again', () => {
  const filter = { field: 'ModifiedProperties.Included Updated Properties', value: 'x "y"\\z', exclude: true }
  expect(term(filter)).toBe('-"ModifiedProperties.Included Updated Properties":"x \\"y\\"\\\\z"')
  expect(filtersOf(`a ${term(filter)}`)).toEqual([filter])
  // Inside quotes only a quote and a backslash are escaped; `\\D` is itself.
  expect(filtersOf('Path="\\Deleted Items"')).toEqual([{ field: 'Path', value: '\\Deleted Items', exclude: false }])
})

test('excluding', () => {
  expect(term({ ...operation, exclude: true })).toBe('-Operation:Send')
  expect(withFilter('Operation:Send', { ...operation, exclude: true })).toBe('-Operation:Send')
  expect(withTerm('a or b', '-ClientAddress:*')).toBe('(a or b) -ClientAddress:*')
})

test.each([
  ['a Operation:Send b', 'a b'],
  ['a and Operation:Send and b', 'a and b'],
  ['Operation:Send and b', 'b'],
  ['Operation:Send', ''],
  ['a or Operation:Send', 'a or Operation:Send'],
  ['(Operation:Send)', '(Operation:Send)'],
])('remove a term: %s', (query, after) => expect(withoutTerm(query, 'Operation:Send')).toBe(after))

test('a quoted and a bare spelling are one filter', () => {
  expect(hasTerm('operation:"send"', 'Operation:Send')).toBe(true)
  expect(hasTerm('Operation:Sen*', 'Operation:Send')).toBe(false)
  expect(hasTerm('Operation:Send or x', 'Operation:Send')).toBe(false)
})

test('the filters of a query', () => {
  expect(filtersOf('free Operation:Send -UserId:"a b" size>5 x:(a or b)')).toEqual([
    { field: 'Operation', value: 'Send', exclude: false },
    { field: 'UserId', value: 'a b', exclude: true },
  ])
})

test('terms know their place, also in a query that is not finished', () => {
  expect(split('a "b c" not d:(e or f)').terms.map((each) => each.text)).toEqual(['a', '"b c"', 'not d:(e or f)'])
  expect(split('a:"b c').closed).toBe(false)
  expect(split('a:(b c').closed).toBe(false)
  expect(split('a\\" b) c').closed).toBe(false)
})
