import { CommandRunner } from '../command-runner.js'

const wrongType = '-WRONGTYPE Operation against a key holding the wrong kind of value\r\n'

const bulk = (text: string): string => `$${text.length}\r\n${text}\r\n`
const array = (...texts: string[]): string => `*${texts.length}\r\n${texts.map(bulk).join('')}`

test('LPUSH and RPUSH make the list and answer its length; the X forms only add to one', () => {
  const runner = new CommandRunner()
  expect(runner.run('LPUSHX l a')).toBe(':0\r\n')
  expect(runner.run('RPUSHX l a')).toBe(':0\r\n')
  expect(runner.run('LPUSH l b a')).toBe(':2\r\n')
  expect(runner.run('RPUSH l c')).toBe(':3\r\n')
  expect(runner.run('RPUSHX l d e')).toBe(':5\r\n')
  expect(runner.run('LPUSHX l z')).toBe(':6\r\n')
  expect(runner.run('LRANGE l 0 -1')).toBe(array('z', 'a', 'b', 'c', 'd', 'e'))
  expect(runner.events()).toEqual(['db0 lpush l', 'db0 rpush l', 'db0 rpush l', 'db0 lpush l'])
  expect(runner.changes).toBe(6)
})

test('LPOP and RPOP take from their ends, and the key with the last element', () => {
  const runner = new CommandRunner()
  runner.run('RPUSH l 1 2 3 4 5')
  runner.events()
  expect(runner.run('LPOP l')).toBe(bulk('1'))
  expect(runner.run('RPOP l 2')).toBe(array('5', '4'))
  expect(runner.run('LPOP l 0')).toBe('*0\r\n')
  expect(runner.run('LPOP l 10')).toBe(array('2', '3'))
  expect(runner.run('EXISTS l')).toBe(':0\r\n')
  expect(runner.events()).toEqual(['db0 lpop l', 'db0 rpop l', 'db0 lpop l', 'db0 del l'])
})

test('what is missing is nil, or no array where a count was given', () => {
  const runner = new CommandRunner()
  expect(runner.run('LPOP l')).toBe('$-1\r\n')
  expect(runner.run('LPOP l 1')).toBe('*-1\r\n')
  expect(runner.run3('LPOP l')).toBe('_\r\n')
  expect(runner.run3('RPOP l 0')).toBe('_\r\n')
  expect(runner.run('LMPOP 1 l LEFT')).toBe('*-1\r\n')
  expect(runner.run3('LMPOP 1 l LEFT')).toBe('_\r\n')
  expect(runner.run('LRANGE l 0 -1')).toBe('*0\r\n')
  expect(runner.run('LINDEX l 0')).toBe('$-1\r\n')
  expect(runner.run3('LPOS l a')).toBe('_\r\n')
  expect(runner.run('LPOS l a COUNT 0')).toBe('*0\r\n')
  expect(runner.run('LINSERT l BEFORE a b')).toBe(':0\r\n')
  expect(runner.run('LSET l 0 a')).toBe('-ERR no such key\r\n')
  expect(runner.run('LTRIM l 0 1')).toBe('+OK\r\n')
  expect(runner.run('LREM l 0 a')).toBe(':0\r\n')
  expect(runner.run('RPOPLPUSH l l')).toBe('$-1\r\n')
  expect(runner.events()).toEqual([])
})

test('a count is checked before the key is looked at, an index of LINDEX and LSET after', () => {
  const runner = new CommandRunner()
  runner.run('SET s v')
  expect(runner.run('LPOP s -1')).toBe('-ERR value is out of range, must be positive\r\n')
  expect(runner.run('LPOP s x')).toBe('-ERR value is out of range, must be positive\r\n')
  expect(runner.run('LRANGE s a b')).toBe('-ERR value is not an integer or out of range\r\n')
  expect(runner.run('LINDEX s a')).toBe(wrongType)
  expect(runner.run('LSET s a b')).toBe(wrongType)
  expect(runner.run('LPOP s 1 2')).toBe("-ERR wrong number of arguments for 'lpop' command\r\n")
})

test('LINSERT goes beside the first equal element', () => {
  const runner = new CommandRunner()
  runner.run('RPUSH l a b a')
  expect(runner.run('LINSERT l after a x')).toBe(':4\r\n')
  expect(runner.run('LINSERT l BEFORE a y')).toBe(':5\r\n')
  expect(runner.run('LINSERT l BEFORE none z')).toBe(':-1\r\n')
  expect(runner.run('LINSERT l BESIDE a z')).toBe('-ERR syntax error\r\n')
  expect(runner.run('LRANGE l 0 -1')).toBe(array('y', 'a', 'x', 'b', 'a'))
})

test('LSET sets from either end and refuses what is beyond', () => {
  const runner = new CommandRunner()
  runner.run('RPUSH l a b c')
  runner.events()
  expect(runner.run('LSET l 0 A')).toBe('+OK\r\n')
  expect(runner.run('LSET l -1 C')).toBe('+OK\r\n')
  expect(runner.run('LSET l 3 x')).toBe('-ERR index out of range\r\n')
  expect(runner.run('LSET l -4 x')).toBe('-ERR index out of range\r\n')
  expect(runner.run('LRANGE l 0 -1')).toBe(array('A', 'b', 'C'))
  expect(runner.events()).toEqual(['db0 lset l', 'db0 lset l'])
})

test('LREM counts from the end that its sign says, and takes the key with the last element', () => {
  const runner = new CommandRunner()
  runner.run('RPUSH l a b a b a')
  runner.events()
  expect(runner.run('LREM l -2 a')).toBe(':2\r\n')
  expect(runner.run('LRANGE l 0 -1')).toBe(array('a', 'b', 'b'))
  expect(runner.run('LREM l 1 b')).toBe(':1\r\n')
  expect(runner.run('LREM l 0 c')).toBe(':0\r\n')
  expect(runner.run('LREM l 0 b')).toBe(':1\r\n')
  expect(runner.run('LREM l 0 a')).toBe(':1\r\n')
  expect(runner.events()).toEqual(['db0 lrem l', 'db0 lrem l', 'db0 lrem l', 'db0 lrem l', 'db0 del l'])
})

test('LTRIM says that it trimmed even where there was nothing to trim', () => {
  const runner = new CommandRunner()
  runner.run('RPUSH l a b c d')
  runner.events()
  const before = runner.changes
  runner.run('LTRIM l 0 -1')
  expect(runner.changes).toBe(before)
  runner.run('LTRIM l 1 -2')
  expect(runner.changes).toBe(before + 2)
  expect(runner.run('LRANGE l 0 -1')).toBe(array('b', 'c'))
  runner.run('LTRIM l 5 10')
  expect(runner.run('EXISTS l')).toBe(':0\r\n')
  expect(runner.events()).toEqual(['db0 ltrim l', 'db0 ltrim l', 'db0 ltrim l', 'db0 del l'])
})

test('LPOS finds by rank, count and length', () => {
  const runner = new CommandRunner()
  runner.run('RPUSH l a b c a b a')
  expect(runner.run('LPOS l a')).toBe(':0\r\n')
  expect(runner.run('LPOS l a RANK 2')).toBe(':3\r\n')
  expect(runner.run('LPOS l a RANK -1')).toBe(':5\r\n')
  expect(runner.run('LPOS l a RANK -2 COUNT 0')).toBe('*2\r\n:3\r\n:0\r\n')
  expect(runner.run('LPOS l a COUNT 2')).toBe('*2\r\n:0\r\n:3\r\n')
  expect(runner.run('LPOS l b MAXLEN 1')).toBe('$-1\r\n')
  expect(runner.run('LPOS l b COUNT 0 MAXLEN 2')).toBe('*1\r\n:1\r\n')
  expect(runner.run('LPOS l a RANK -9223372036854775808 COUNT 1')).toBe('*3\r\n:5\r\n:3\r\n:0\r\n')
  expect(runner.run('LPOS l a RANK 0')).toMatch(/^-ERR RANK can't be zero/)
  expect(runner.run('LPOS l a COUNT -1')).toBe("-ERR COUNT can't be negative\r\n")
  expect(runner.run('LPOS l a MAXLEN x')).toBe("-ERR MAXLEN can't be negative\r\n")
  expect(runner.run('LPOS l a COUNT')).toBe('-ERR syntax error\r\n')
})

test('LMOVE moves between lists and within one; its events say first where to', () => {
  const runner = new CommandRunner()
  runner.run('RPUSH a 1 2 3')
  runner.events()
  expect(runner.run('LMOVE a b RIGHT LEFT')).toBe(bulk('3'))
  expect(runner.run('LMOVE a a LEFT RIGHT')).toBe(bulk('1'))
  expect(runner.run('LRANGE a 0 -1')).toBe(array('2', '1'))
  expect(runner.run('RPOPLPUSH a b')).toBe(bulk('1'))
  expect(runner.run('LMOVE a b LEFT LEFT')).toBe(bulk('2'))
  expect(runner.run('LRANGE b 0 -1')).toBe(array('2', '1', '3'))
  expect(runner.events().slice(-3)).toEqual(['db0 lpush b', 'db0 lpop a', 'db0 del a'])
})

test('LMOVE refuses a destination of another type before it takes anything', () => {
  const runner = new CommandRunner()
  runner.run('RPUSH a 1')
  runner.run('SET s v')
  expect(runner.run('LMOVE a s LEFT LEFT')).toBe(wrongType)
  expect(runner.run('LMOVE missing s LEFT LEFT')).toBe('$-1\r\n')
  expect(runner.run('LLEN a')).toBe(':1\r\n')
  expect(runner.run('LMOVE a s UP LEFT')).toBe('-ERR syntax error\r\n')
})

test('LMPOP takes from the first list that is there', () => {
  const runner = new CommandRunner()
  runner.run('RPUSH b 1 2 3')
  expect(runner.run('LMPOP 2 a b RIGHT COUNT 2')).toBe(`*2\r\n${bulk('b')}${array('3', '2')}`)
  expect(runner.run3('LMPOP 1 b LEFT')).toBe(`*2\r\n${bulk('b')}${array('1')}`)
  expect(runner.run('EXISTS b')).toBe(':0\r\n')
  expect(runner.run('LMPOP 0 a LEFT')).toBe('-ERR numkeys should be greater than 0\r\n')
  expect(runner.run('LMPOP 1 a LEFT COUNT 0')).toBe('-ERR count should be greater than 0\r\n')
  expect(runner.run('LMPOP 1 a LEFT COUNT 1 COUNT 1')).toBe('-ERR syntax error\r\n')
  expect(runner.run('LMPOP 2 a LEFT')).toBe('-ERR syntax error\r\n')
})

test.each([
  ...['LPUSH s a', 'RPUSH s a', 'LPUSHX s a', 'RPUSHX s a', 'LPOP s', 'RPOP s 1', 'LLEN s', 'LINDEX s 0', 'LSET s 0 a'],
  ...['LINSERT s BEFORE a b', 'LRANGE s 0 -1', 'LREM s 0 a', 'LTRIM s 0 1', 'LPOS s a', 'LPOS s a COUNT 1'],
  ...['LMOVE s b LEFT LEFT', 'RPOPLPUSH s b', 'LMPOP 1 s LEFT', 'BLPOP s 0', 'BRPOP a s 0', 'BLMPOP 0 1 s LEFT'],
  ...['BLMOVE s b LEFT LEFT 0', 'BRPOPLPUSH s b 0'],
])('%s refuses a string', (command) => {
  const runner = new CommandRunner()
  runner.run('SET s text')
  expect(runner.run(command)).toBe(wrongType)
})

test('a list is called quicklist, however long it is', () => {
  const runner = new CommandRunner()
  for (let i = 0; i < 3000; i++) runner.run(`RPUSH l ${i}`)
  runner.run('RPUSH short 1')
  expect(runner.run('OBJECT ENCODING l')).toBe(bulk('quicklist'))
  expect(runner.run('OBJECT ENCODING short')).toBe(bulk('quicklist'))
  expect(runner.run('LINDEX l -1000')).toBe(bulk('2000'))
  expect(runner.run('COPY l copy')).toBe(':1\r\n')
  expect(runner.run('LRANGE copy 1499 1500')).toBe(array('1499', '1500'))
})
