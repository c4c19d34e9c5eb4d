import { expect, test } from '@jest/globals'
import { CommandRunner } from '../command-runner.js'

test.each([
  ['5', '-10', '-5'],
  ['9007199254740993', '1', '9007199254740994'],
  ['-1', '9007199254740993', '9007199254740992'],
  ['-9223372036854775808', '9223372036854775807', '-1'],
])('HINCRBY %s by %s is %s', (start, by, sum) => {
  const runner = new CommandRunner()
  runner.run(`HSET h f ${start}`)
  expect(runner.run(`HINCRBY h f ${by}`)).toBe(`:${sum}\r\n`)
  expect(runner.run('HGET h f')).toBe(`$${sum.length}\r\n${sum}\r\n`)
})

test('a missing key or field counts as 0 and is made', () => {
  const runner = new CommandRunner()
  expect(runner.run('HINCRBY h n 3')).toBe(':3\r\n')
  expect(runner.run('HINCRBYFLOAT h f 1e2')).toBe('$3\r\n100\r\n')
  expect(runner.run('HINCRBYFLOAT h n 0.5')).toBe('$3\r\n3.5\r\n')
  expect(runner.events()).toEqual(['db0 hincrby h', 'db0 hincrbyfloat h', 'db0 hincrbyfloat h'])
  expect(runner.changes).toBe(3)
})

test.each([
  ['HINCRBY h f x', '-ERR value is not an integer or out of range\r\n'],
  ['HINCRBY h f 1.5', '-ERR value is not an integer or out of range\r\n'],
  ['HINCRBY h text 1', '-ERR hash value is not an integer\r\n'],
  ['HINCRBY h large 9223372036854775807', '-ERR increment or decrement would overflow\r\n'],
  ['HINCRBYFLOAT h f x', '-ERR value is not a valid float\r\n'],
  ['HINCRBYFLOAT h f nan', '-ERR value is not a valid float\r\n'],
  ['HINCRBYFLOAT h f inf', '-ERR value is NaN or Infinity\r\n'],
  ['HINCRBYFLOAT h text 1', '-ERR hash value is not a float\r\n'],
  ['HINCRBYFLOAT h infinite 1', '-ERR increment would produce NaN or Infinity\r\n'],
])('%s is refused and changes nothing', (command, refusal) => {
  const runner = new CommandRunner()
  runner.run('HSET h text t large 9223372036854775807 infinite inf')
  runner.events()
  expect(runner.run(command)).toBe(refusal)
  expect(runner.run(command.replace(' h ', ' missing '))).toMatch(/^-ERR value|^[:$]/)
  expect(runner.run('HLEN h')).toBe(':3\r\n')
  expect(runner.run('HGET h large')).toBe('$19\r\n9223372036854775807\r\n')
})

test('a refused number leaves no empty hash behind', () => {
  const runner = new CommandRunner()
  runner.run('HINCRBY missing f x')
  runner.run('HINCRBYFLOAT missing f inf')
  expect(runner.run('EXISTS missing')).toBe(':0\r\n')
})
