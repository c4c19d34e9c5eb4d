import { expect, test } from '@jest/globals'
import { CommandRunner } from '../command-runner.js'

const notAnInteger = '-ERR value is not an integer or out of range\r\n'
const overflow = '-ERR increment or decrement would overflow\r\n'
const notAFloat = '-ERR value is not a valid float\r\n'

test.each([
  ['9', 'INCR', '10'],
  ['-1', 'INCR', '0'],
  ['0', 'DECR', '-1'],
  ['5', 'DECRBY -7', '12'],
  ['9007199254740991', 'INCR', '9007199254740992'],
  ['9007199254740993', 'INCR', '9007199254740994'],
  ['9007199254740993', 'DECRBY 3', '9007199254740990'],
  ['1', 'INCRBY 9007199254740993', '9007199254740994'],
  ['-1', 'INCRBY 9007199254740993', '9007199254740992'],
  ['9223372036854775806', 'INCR', '9223372036854775807'],
  ['-9223372036854775807', 'DECR', '-9223372036854775808'],
  ['-9223372036854775808', 'INCRBY 9223372036854775807', '-1'],
  ['-1', 'DECRBY 9223372036854775807', '-9223372036854775808'],
])('%s, then %s, is %s', (start, step, sum) => {
  const runner = new CommandRunner()
  runner.run(`SET n ${start}`)
  const [name, ...by] = step.split(' ')
  expect(runner.run(name, 'n', ...by)).toBe(`:${sum}\r\n`)
  expect(runner.run('GET n')).toBe(`$${sum.length}\r\n${sum}\r\n`)
  expect(runner.run('OBJECT ENCODING n')).toBe('$3\r\nint\r\n')
})

test('a missing key counts as 0; the deadline stays', () => {
  const runner = new CommandRunner()
  expect(runner.run('DECRBY n 5')).toBe(':-5\r\n')
  runner.run('EXPIRE n 100')
  expect(runner.run('INCRBY n 5')).toBe(':0\r\n')
  expect(runner.run('TTL n')).toBe(':100\r\n')
  expect(runner.run('INCRBYFLOAT n 0.5')).toBe('$3\r\n0.5\r\n')
  expect(runner.run('TTL n')).toBe(':100\r\n')
  expect(runner.events()).toEqual(['db0 incrby n', 'db0 expire n', 'db0 incrby n', 'db0 incrbyfloat n'])
})

test.each(['', ' 1', '1 ', '+1', '01', '-0', '1.0', '0x1', 'one', '9223372036854775808', '99999999999999999999'])(
  'INCR refuses %j',
  (text) => {
    const runner = new CommandRunner()
    runner.run('SET', 'n', text)
    expect(runner.run('INCR n')).toBe(notAnInteger)
    expect(runner.run('INCRBY', 'missing', text)).toBe(notAnInteger)
    expect(runner.run('EXISTS missing')).toBe(':0\r\n')
  },
)

test.each([
  ['9223372036854775807', 'INCR n', overflow],
  ['-9223372036854775808', 'DECR n', overflow],
  ['9007199254740993', 'INCRBY n 9223372036854775807', overflow],
  ['-2', 'DECRBY n 9223372036854775807', overflow],
  ['0', 'DECRBY n -9223372036854775808', '-ERR decrement would overflow\r\n'],
])('%s, then %s, is refused', (start, command, refusal) => {
  const runner = new CommandRunner()
  runner.run(`SET n ${start}`)
  expect(runner.run(command)).toBe(refusal)
  expect(runner.run('GET n')).toBe(`$${start.length}\r\n${start}\r\n`)
})

test('INCRBYFLOAT computes with 64 bits of mantissa and stores text', () => {
  const runner = new CommandRunner()
  expect(runner.run('INCRBYFLOAT f 0.1')).toBe('$3\r\n0.1\r\n')
  expect(runner.run('INCRBYFLOAT f 0.2')).toBe('$3\r\n0.3\r\n')
  expect(runner.run('INCRBYFLOAT f 4.7')).toBe('$1\r\n5\r\n')
  expect(runner.run('OBJECT ENCODING f')).toBe('$6\r\nembstr\r\n')
  expect(runner.run('INCR f')).toBe(':6\r\n')
  expect(runner.run('OBJECT ENCODING f')).toBe('$3\r\nint\r\n')
})

test.each([
  ['1', 'x', notAFloat],
  ['1', 'nan', notAFloat],
  ['1', '1e5000', notAFloat],
  ['x', '1', notAFloat],
  ['1', 'inf', '-ERR increment would produce NaN or Infinity\r\n'],
  ['-inf', '1', '-ERR increment would produce NaN or Infinity\r\n'],
  ['1e4932', '1.1e4932', '-ERR increment would produce NaN or Infinity\r\n'],
])('INCRBYFLOAT refuses %s and %s', (start, by, refusal) => {
  const runner = new CommandRunner()
  runner.run(`SET f ${start}`)
  expect(runner.run(`INCRBYFLOAT f ${by}`)).toBe(refusal)
  expect(runner.run('GET f')).toBe(`$${start.length}\r\n${start}\r\n`)
})
