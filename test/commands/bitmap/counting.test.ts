import { expect, test } from '@jest/globals'
import { SeededRandom } from '../../../src/base/index.js'
import { CommandRunner } from '../command-runner.js'

const bitsOf = (bytes: Buffer): number[] =>
  [...bytes].flatMap((byte) => [7, 6, 5, 4, 3, 2, 1, 0].map((i) => (byte >> i) & 1))

test('BITCOUNT and BITPOS of every part of strings of every length agree with a walk bit by bit', () => {
  const runner = new CommandRunner()
  const random = new SeededRandom(7)
  const wrong: string[] = []
  for (let round = 0; round < 400; round++) {
    const bytes = Buffer.alloc(1 + random.below(random.below(2) === 0 ? 12 : 300), [0, 0xff, 0x10][random.below(3)])
    for (let i = random.below(4); i > 0; i--) bytes[random.below(bytes.length)] = random.below(256)
    // a key of its own length each time: the value stands at every distance from a word's beginning
    const key = 'k'.repeat(1 + random.below(9))
    runner.run('SET', key, bytes)
    const bits = bitsOf(bytes)
    for (const unit of ['BYTE', 'BIT']) {
      const width = unit === 'BIT' ? 1 : 8
      const start = random.below(bits.length / width)
      const end = start + random.below(bits.length / width - start)
      const part = bits.slice(start * width, (end + 1) * width)
      const range = [String(start), String(end), unit]
      const sum = part.reduce((all, bit) => all + bit, 0)
      if (runner.run('BITCOUNT', key, ...range) !== `:${sum}\r\n`)
        wrong.push(`BITCOUNT ${bytes.toString('hex')} ${range}`)
      for (const bit of [0, 1]) {
        const place = part.indexOf(bit)
        const expected = place < 0 ? -1 : start * width + place
        const reply = runner.run('BITPOS', key, String(bit), ...range)
        if (reply !== `:${expected}\r\n`) wrong.push(`BITPOS ${bytes.toString('hex')} ${bit} ${range}`)
      }
    }
  }
  expect(wrong).toEqual([])
})

test('negative indexes count from the end, and indexes out of range are brought in', () => {
  const runner = new CommandRunner()
  runner.run('SET s foobar')
  expect(runner.run('BITCOUNT s')).toBe(':26\r\n')
  expect(runner.run('BITCOUNT s 0 0')).toBe(':4\r\n')
  expect(runner.run('BITCOUNT s -1 -1')).toBe(':4\r\n')
  expect(runner.run('BITCOUNT s 5 30 BIT')).toBe(':17\r\n')
  expect(runner.run('BITCOUNT s -100 100')).toBe(':26\r\n')
  expect(runner.run('BITCOUNT s 3 1')).toBe(':0\r\n')
  expect(runner.run('BITCOUNT missing')).toBe(':0\r\n')
})

test('BITPOS takes zeros to follow the string unless an end is named', () => {
  const runner = new CommandRunner()
  runner.run('SET', 'ones', Buffer.alloc(3, 0xff))
  expect(runner.run('BITPOS ones 0')).toBe(':24\r\n')
  expect(runner.run('BITPOS ones 0 1')).toBe(':24\r\n')
  expect(runner.run('BITPOS ones 0 0 -1')).toBe(':-1\r\n')
  expect(runner.run('BITPOS ones 1 3')).toBe(':-1\r\n')
  expect(runner.run('BITPOS missing 0')).toBe(':0\r\n')
  expect(runner.run('BITPOS missing 1')).toBe(':-1\r\n')
  runner.run('SET', 'empty', '')
  expect(runner.run('BITPOS empty 0')).toBe(':-1\r\n')
})

test.each([
  ['BITCOUNT s 0', '-ERR syntax error\r\n'],
  ['BITCOUNT s 0 1 BITS', '-ERR syntax error\r\n'],
  ['BITCOUNT s 0 x', '-ERR value is not an integer or out of range\r\n'],
  ['BITCOUNT s -1 -2 BITS', ':0\r\n'],
  ['BITCOUNT missing 0 1 BITS', ':0\r\n'],
  ['BITPOS s 2', '-ERR The bit argument must be 1 or 0.\r\n'],
  ['BITPOS s x', '-ERR value is not an integer or out of range\r\n'],
  ['BITPOS s 1 0 1 BITS', '-ERR syntax error\r\n'],
  ['BITPOS s 1 0 x BIT', '-ERR value is not an integer or out of range\r\n'],
  ['BITPOS s 1 0 1 BIT x', '-ERR syntax error\r\n'],
])('%s', (command, reply) => {
  const runner = new CommandRunner()
  runner.run('SET s text')
  expect(runner.run(command)).toBe(reply)
})
