import { spawn } from 'node:child_process'
import { describeWithRedis, startServer, subjectKind, type RunningServer } from '../support/servers.js'

/** Redis's own command line tools; they come with redis-server. */
describeWithRedis('redis-cli and redis-benchmark', () => {
  let server: RunningServer

  beforeAll(async () => {
    server = await startServer(subjectKind)
  })

  afterAll(() => server?.stop())

  beforeEach(() => cli('FLUSHALL'))

  interface Ended {
    readonly code: number | null
    readonly output: string
    readonly errors: string
  }

  function tool(program: string, args: readonly string[], input = ''): Promise<Ended> {
    const child = spawn(program, ['-h', '127.0.0.1', '-p', String(server.port), ...args])
    const ended = { code: null as number | null, output: '', errors: '' }
    child.stdout.on('data', (chunk: Buffer) => (ended.output += chunk.toString('latin1')))
    child.stderr.on('data', (chunk: Buffer) => (ended.errors += chunk.toString('latin1')))
    child.stdin.on('error', () => {}) // it may end without having read what it had no use for
    child.stdin.end(input)
    return new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code) => resolve({ ...ended, code }))
    })
  }

  const cli = async (...args: string[]): Promise<string> => (await tool('redis-cli', args)).output

  test('one command a call', async () => {
    expect(await cli('SET', 'k', 'a b')).toBe('OK\n')
    expect(await cli('GET', 'k')).toBe('a b\n')
    expect(await cli('GET', 'none')).toBe('\n')
    expect(await cli('--no-raw', 'GET', 'none')).toBe('(nil)\n')
    expect(await cli('HSET', 'h', 'f', 'v', 'g', 'w')).toBe('2\n')
    expect(await cli('-3', '--no-raw', 'HGETALL', 'h')).toBe('1# "f" => "v"\n2# "g" => "w"\n')
    expect(await cli('--no-raw', 'INCR', 'k')).toBe('(error) ERR value is not an integer or out of range\n')
    expect(await cli('--json', 'HGET', 'h', 'f')).toBe('"v"\n')
    expect(await cli('-n', '5', 'DBSIZE')).toBe('0\n')
    expect((await tool('redis-cli', ['-x', 'SET', 'stdin'], 'piped in')).output).toBe('OK\n')
    expect(await cli('GET', 'stdin')).toBe('piped in\n')
  })

  test('commands from standard input', async () => {
    const { output, code } = await tool('redis-cli', [], 'SET a 1\nINCR a\nFOO\nGET a\n')
    expect(output).toMatch(/^OK\n2\nERR unknown command 'FOO', with args beginning with: \n\n2\n$/)
    expect(code).toBe(0)
  })

  test('--pipe loads raw protocol and counts replies and errors', async () => {
    const sets = Array.from({ length: 5_000 }, (_, i) => `SET key:${i} ${i}\r\n`).join('')
    const { output } = await tool('redis-cli', ['--pipe'], sets + '*2\r\n$4\r\nINCR\r\n$1\r\nh\r\nINCR\r\n')
    expect(output).toContain('errors: 1, replies: 5002')
    expect(await cli('DBSIZE')).toBe('5001\n')
  })

  test('--scan lists every key once', async () => {
    await tool('redis-cli', ['--pipe'], Array.from({ length: 2_000 }, (_, i) => `SET key:${i} ${i}\r\n`).join(''))
    const listed = (await cli('--scan', '--pattern', 'key:*')).trim().split('\n')
    expect(new Set(listed).size).toBe(2_000)
    expect(listed.length).toBe(2_000)
  })

  test('--bigkeys and --memkeys walk the keyspace', async () => {
    await cli('SET', 'large', 'x'.repeat(1_000))
    await cli('SET', 'small', 'x')
    await cli('HSET', 'hash', 'a', '1', 'b', '2', 'c', '3')
    const big = await cli('--bigkeys')
    expect(big).toContain('Sampled 3 keys in the keyspace!')
    expect(big).toMatch(/Biggest string found '"?large"?' has 1000 bytes/)
    expect(big).toMatch(/Biggest +hash found '"?hash"?' has 3 fields/)
    expect(await cli('--memkeys')).toContain('Sampled 3 keys in the keyspace!')
  })

  test('redis-benchmark runs its tests to the end without an error', async () => {
    for (const protocol of [[], ['-3']]) {
      const args = [
        '-t',
        'get,set,incr,hset,mset',
        '-q',
        '-P',
        '16',
        '-n',
        '4000',
        '-c',
        '10',
        '-r',
        '1000',
        ...protocol,
      ]
      const { code, output, errors } = await tool('redis-benchmark', args)
      expect(errors).toBe('')
      expect(code).toBe(0)
      for (const name of ['GET', 'SET', 'INCR', 'HSET', 'MSET (10 keys)']) {
        expect(output).toContain(`${name}: `)
        expect(output).toMatch(/requests per second/)
      }
      expect(output.toLowerCase()).not.toContain('error')
    }
  })
})
