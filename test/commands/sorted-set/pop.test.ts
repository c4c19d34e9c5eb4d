import { expect, test } from '@jest/globals'
import { CommandRunner } from '../command-runner.js'
import { Stage } from '../stage.js'

function filled(): CommandRunner {
  const runner = new CommandRunner()
  runner.run('ZADD z 1 a 2 b 3 c 4 d')
  runner.events()
  return runner
}

test('ZPOPMIN and ZPOPMAX take members from either end, in pairs in RESP3 when counted', () => {
  const runner = filled()
  expect(runner.run('ZPOPMIN z')).toBe('*2\r\n$1\r\na\r\n$1\r\n1\r\n')
  expect(runner.run3('ZPOPMAX z')).toBe('*2\r\n$1\r\nd\r\n,4\r\n')
  expect(runner.run3('ZPOPMAX z 1')).toBe('*1\r\n*2\r\n$1\r\nc\r\n,3\r\n')
  expect(runner.run('ZPOPMIN z 0')).toBe('*0\r\n')
  expect(runner.run('ZPOPMIN z 9')).toBe('*2\r\n$1\r\nb\r\n$1\r\n2\r\n')
  expect(runner.run('ZPOPMIN z')).toBe('*0\r\n')
  expect(runner.events()).toEqual(['db0 zpopmin z', 'db0 zpopmax z', 'db0 zpopmax z', 'db0 zpopmin z', 'db0 del z'])
  expect(runner.changes).toBe(8)
})

test('ZMPOP takes from the first key that has members', () => {
  const runner = filled()
  expect(runner.run('ZMPOP 2 missing z MAX COUNT 2')).toBe(
    '*2\r\n$1\r\nz\r\n*2\r\n*2\r\n$1\r\nd\r\n$1\r\n4\r\n*2\r\n$1\r\nc\r\n$1\r\n3\r\n',
  )
  expect(runner.run3('ZMPOP 1 z MIN')).toBe('*2\r\n$1\r\nz\r\n*1\r\n*2\r\n$1\r\na\r\n,1\r\n')
  expect(runner.run('ZMPOP 1 missing MIN')).toBe('*-1\r\n')
  expect(runner.run3('ZMPOP 1 missing MIN')).toBe('_\r\n')
})

test.each([
  ['ZPOPMIN z -1', '-ERR value is out of range, must be positive\r\n'],
  ['ZPOPMIN z x', '-ERR value is out of range, must be positive\r\n'],
  ['ZPOPMIN z 1 1', '-ERR syntax error\r\n'],
  ['ZMPOP 0 z MIN', '-ERR numkeys should be greater than 0\r\n'],
  ['ZMPOP 9 z MIN', '-ERR syntax error\r\n'],
  ['ZMPOP 1 z FOO', '-ERR syntax error\r\n'],
  ['ZMPOP 1 z MIN COUNT 0', '-ERR count should be greater than 0\r\n'],
  ['ZMPOP 1 z MIN COUNT 1 COUNT 1', '-ERR syntax error\r\n'],
  ['BZPOPMIN z -1', '-ERR timeout is negative\r\n'],
  ['BZPOPMIN z x', '-ERR timeout is not a float or out of range\r\n'],
  ['BZMPOP x 0 z MIN', '-ERR numkeys should be greater than 0\r\n'],
])('%s is refused', (command, refusal) => {
  const runner = filled()
  expect(runner.run(command)).toBe(refusal)
  expect(runner.run('ZCARD z')).toBe(':4\r\n')
})

test('clients that wait get members in the order they came, each from the key that woke it', async () => {
  const stage = await Stage.open()
  try {
    const [first, second, third, writer] = [
      await stage.enter(),
      await stage.enter(),
      await stage.enter(),
      await stage.enter(),
    ]
    await first.ask('CLIENT SETNAME first')
    first.send('BZPOPMIN x y 0')
    await second.ask('CLIENT SETNAME second')
    second.send('BZPOPMAX y x 0')
    await third.ask('HELLO 3')
    third.send('BZMPOP 0 1 x MAX COUNT 5')
    await writer.ask('PING')
    expect(await writer.ask('ZADD y 1 a 2 b 3 c')).toBe(':3\r\n')
    expect(await first.heard()).toBe('*3\r\n$1\r\ny\r\n$1\r\na\r\n$1\r\n1\r\n')
    expect(await second.heard()).toBe('*3\r\n$1\r\ny\r\n$1\r\nc\r\n$1\r\n3\r\n')
    expect(await writer.ask('ZRANGE y 0 -1')).toBe('*1\r\n$1\r\nb\r\n')
    expect(await writer.ask('SET x text')).toBe('+OK\r\n')
    await writer.ask('DEL x')
    expect(await writer.ask('ZINCRBY x 1.5 d')).toBe('$3\r\n1.5\r\n')
    expect(await third.heard()).toBe('*2\r\n$1\r\nx\r\n*1\r\n*2\r\n$1\r\nd\r\n,1.5\r\n')
    expect(await writer.ask('EXISTS x')).toBe(':0\r\n')
  } finally {
    await stage.close()
  }
})

test('a wait ends without a member when its time is up', async () => {
  const stage = await Stage.open()
  try {
    const actor = await stage.enter()
    await actor.ask('PING')
    actor.send('BZPOPMIN missing 0.5')
    await (await stage.enter()).ask('PING')
    stage.clock.advance(501)
    expect(await actor.heard()).toBe('*-1\r\n')
  } finally {
    await stage.close()
  }
})
