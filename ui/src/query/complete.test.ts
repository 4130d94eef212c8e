import { expect, test } from 'vitest'
import { matching, typingAt } from './complete'

/** `|` marks the caret. */
function at(text: string) {
  const caret = text.indexOf('|')
  return typingAt(text.replace('|', ''), caret)
}

test.each([
  ['Oper|', { kind: 'field', prefix: 'Oper', start: 0, end: 4 }],
  ['a (-Us|erId:x)', { kind: 'field', prefix: 'Us', start: 4, end: 11 }],
  ['Operation:|', { kind: 'value', field: 'Operation', prefix: '', start: 10, end: 10 }],
  ['Operation:Se|nd x', { kind: 'value', field: 'Operation', prefix: 'Se', start: 10, end: 14 }],
  ['-Operation:"Add m|ember" x', { kind: 'value', field: 'Operation', prefix: 'Add m', start: 11, end: 23 }],
  ['"quoted te|xt"', null],
  ['size>5|', null],
  ['|', null],
])('%s', (text, typing) => expect(at(text)).toEqual(typing))

test('names that start with the text come first', () => {
  expect(matching(['MailboxOwner', 'Owner', 'UserId'], (name) => name, 'own')).toEqual(['Owner', 'MailboxOwner'])
})
