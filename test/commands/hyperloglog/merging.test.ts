import { expect, test } from '@jest/globals'
import { CommandRunner } from '../command-runner.js'

function adds(runner: CommandRunner, key: string, from: number, to: number): void {
  runner.run('PFADD', key, ...Array.from({ length: to - from }, (_, i) => `e${from + i}`))
}

test('PFMERGE makes the union, the destination included', () => {
  const runner = new CommandRunner()
  adds(runner, 'a', 0, 10)
  adds(runner, 'b', 5, 20)
  runner.events()
  expect(runner.run('PFMERGE a b missing')).toBe('+OK\r\n')
  expect(runner.run('PFCOUNT a')).toBe(':20\r\n')
  expect(runner.run('PFMERGE d a b')).toBe('+OK\r\n')
  expect(runner.run('PFCOUNT d')).toBe(':20\r\n')
  expect(runner.events()).toEqual(['db0 pfadd a', 'db0 pfadd d'])
})

test('PFMERGE of nothing makes an empty sketch', () => {
  const runner = new CommandRunner()
  runner.run('PFMERGE d missing')
  expect(runner.run('PFCOUNT d')).toBe(':0\r\n')
  expect(runner.run('PFDEBUG DECODE d')).toBe('$7\r\nZ:16384\r\n')
})

test('a dense source makes the destination dense', () => {
  const runner = new CommandRunner()
  adds(runner, 'a', 0, 10)
  adds(runner, 'b', 0, 10)
  expect(runner.run('PFDEBUG TODENSE b')).toBe(':1\r\n')
  expect(runner.run('PFDEBUG TODENSE b')).toBe(':0\r\n')
  runner.run('PFMERGE a b')
  expect(runner.run('PFDEBUG ENCODING a')).toBe('+dense\r\n')
  expect(runner.run('PFCOUNT a')).toBe(':10\r\n')
  expect(runner.run('PFDEBUG DECODE a')).toBe('-ERR HLL encoding is not sparse\r\n')
})

test('the registers are the same however they are stored', () => {
  const runner = new CommandRunner()
  adds(runner, 'a', 0, 100)
  runner.run('COPY a b')
  runner.run('PFDEBUG TODENSE b')
  const registers = runner.run('PFDEBUG GETREG a')
  expect(runner.run('PFDEBUG ENCODING a')).toBe('+dense\r\n') // GETREG has made it so
  expect(runner.run('PFDEBUG GETREG b')).toBe(registers)
  expect(registers.startsWith('*16384\r\n')).toBe(true)
})

test('hll-sparse-max-bytes bounds what is sparse', () => {
  const runner = new CommandRunner()
  runner.keyspace.limits.sketch.sparseBytesMax = 24
  runner.run('PFADD h a')
  expect(runner.run('PFDEBUG ENCODING h')).toBe('+sparse\r\n')
  runner.run('PFADD h b c d')
  expect(runner.run('PFDEBUG ENCODING h')).toBe('+dense\r\n')
  expect(runner.run('PFCOUNT h')).toBe(':4\r\n')
})

test('PFDEBUG wants a key that is there and a subcommand it knows', () => {
  const runner = new CommandRunner()
  expect(runner.run('PFDEBUG ENCODING missing')).toBe('-ERR The specified key does not exist\r\n')
  runner.run('PFADD h a')
  expect(runner.run('PFDEBUG nope h')).toBe("-ERR Unknown PFDEBUG subcommand 'nope'\r\n")
})

test('PFSELFTEST passes', () => {
  expect(new CommandRunner().run('PFSELFTEST')).toBe('+OK\r\n')
})
