import { expect, test } from 'vitest'
import { either, fitting, missing } from './parameters'

const kind = { name: 'user', title: '', about: '', parameters: ['address', 'user', 'moon'], required: ['user', 'address'] }

test('a report is told what it takes, and nothing else', () => {
  expect(fitting({ user: 'ann', mailbox: 'ben', address: '' }, kind)).toEqual({ user: 'ann' })
})

test('one of the required parameters is enough', () => {
  expect(missing({ user: 'ann' }, kind)).toEqual([])
  expect(missing({ mailbox: 'ann' }, kind)).toEqual(['user', 'address'])
  expect(missing({}, { ...kind, required: [] })).toEqual([])
})

test('alternatives in words', () => {
  expect(either(['user'])).toBe('user')
  expect(either(['user', 'address'])).toBe('user or address')
  expect(either(['user', 'mailbox', 'address'])).toBe('user, mailbox or address')
})
