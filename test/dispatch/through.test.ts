import { createHash } from 'node:crypto'
import { Gate } from '../../src/command/index.js'
import { ManualClock } from '../../src/base/index.js'
import { allCommands } from '../../src/commands/index.js'
import type { UserStore, UserValue } from '../../src/origin/index.js'
import { Unavailable } from '../../src/origin/store.js'
import { DispatchBench, type TestClient } from '../origin/support/dispatch-bench.js'

const sha = (text: string): string => createHash('sha256').update(text).digest('hex')

interface Expecting {
  readonly expected: string | null | undefined
}

interface HeldPut {
  readonly key: string
  readonly value: unknown
  readonly expected: string | null | undefined
  /** Takes it, if the store holds what was expected. */
  take(): void
  fail(reason?: Error): void
}

/** An origin that holds strings, and takes writes when the test says so. */
class Origin implements UserStore {
  readonly values = new Map<string, string | Record<string, string>>()
  readonly puts: HeldPut[] = []
  fetches = 0
  refusing: Error | null = null

  fetch(key: string): UserValue {
    this.fetches++
    if (this.refusing !== null) throw this.refusing
    return this.values.get(key) ?? null
  }

  put(key: string, value: Buffer | Record<string, Buffer>, options: Expecting): Promise<boolean> {
    const text = Buffer.isBuffer(value)
      ? value.toString()
      : Object.fromEntries(Object.entries(value).map(([field, bytes]) => [field, bytes.toString()]))
    return this.#hold(key, text, options.expected)
  }

  delete(key: string, options: Expecting): Promise<boolean> {
    return this.#hold(key, null, options.expected)
  }

  get last(): HeldPut {
    return this.puts.at(-1)!
  }

  #hold(
    key: string,
    value: string | Record<string, string> | null,
    expected: string | null | undefined,
  ): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const take = (): void => {
        const held = this.values.get(key) ?? null
        const is = held === null ? null : sha(String(held))
        if (expected !== undefined && is !== expected) return resolve(false)
        if (value === null) this.values.delete(key)
        else this.values.set(key, value)
        resolve(true)
      }
      const fail = (reason: Error = Object.assign(new Error(), { code: 'EPIPE' })): void => reject(reason)
      this.puts.push({ key, value, expected, take, fail })
    })
  }
}

class Bench {
  readonly clock = new ManualClock()
  readonly origin = new Origin()
  readonly dispatch = new DispatchBench({
    commands: allCommands,
    clock: this.clock,
    config: { 'enable-origin-command': 'yes' },
  })

  constructor(more: { as?: 'hash'; validate?: 'always'; breaker?: [number, string]; valueBytesMax?: number } = {}) {
    this.dispatch.bindOrigin({
      name: 'o',
      pattern: 'k*',
      store: this.origin,
      validate: '1h',
      write: 'through',
      ...more,
    })
  }

  client(): TestClient {
    return this.dispatch.client()
  }

  /** Lets everything happen that needs no time. */
  async turn(): Promise<void> {
    for (let i = 0; i < 4; i++) await new Promise((resolve) => setImmediate(resolve))
  }

  async ask(client: TestClient, ...words: string[]): Promise<unknown> {
    const { length } = client.replies
    client.request(words)
    await this.turn()
    return client.replies[length]
  }

  /** As `ask`, with a write that is taken at once. */
  async write(client: TestClient, ...words: string[]): Promise<unknown> {
    const { length } = client.replies
    client.request(words)
    await this.turn()
    this.origin.last.take()
    await this.turn()
    return client.replies[length]
  }
}

const textOf = (reply: unknown): string => String((reply as { text?: string } | undefined)?.text ?? reply)

describe('a write through', () => {
  test('is replied to when its origin has taken it, and seen here from then on, without being asked for', async () => {
    const b = new Bench()
    const client = b.client()
    client.request(['SET', 'k1', 'one', 'EX', '100'])
    await b.turn()
    expect(client.replies).toEqual([])
    expect(b.origin.last).toMatchObject({ key: 'k1', value: 'one', expected: undefined })
    b.origin.last.take()
    await b.turn()
    expect(client.replies).toEqual(['OK'])
    expect(await b.ask(client, 'GET', 'k1')).toBe('one')
    expect(await b.ask(client, 'TTL', 'k1')).toBe(100)
    expect(b.origin.fetches).toBe(0)
  })

  test('that is made of what is held is settled first, and made only if its origin holds that still', async () => {
    const b = new Bench()
    b.origin.values.set('k1', '41')
    const client = b.client()
    client.request(['INCR', 'k1'])
    await b.turn()
    expect(b.origin.last).toMatchObject({ value: '42', expected: sha('41') })
    b.origin.values.set('k1', '100') // somebody else was faster
    b.origin.last.take()
    await b.turn()
    expect(client.replies).toEqual([])
    expect(b.origin.last).toMatchObject({ value: '101', expected: sha('100') })
    b.origin.last.take()
    await b.turn()
    expect(client.replies).toEqual([101])
    expect(await b.ask(client, 'GET', 'k1')).toBe('101')
    expect(b.origin.fetches).toBe(2)
  })

  test('of an absent key expects it to be absent', async () => {
    const b = new Bench()
    expect(await b.write(b.client(), 'APPEND', 'k1', 'ab')).toBe(2)
    expect(b.origin.last.expected).toBeNull()
    expect(b.origin.values.get('k1')).toBe('ab')
  })

  test('fails when the origin held something else three times', async () => {
    const b = new Bench()
    const client = b.client()
    client.request(['INCR', 'k1'])
    for (let i = 0; i < 3; i++) {
      await b.turn()
      b.origin.values.set('k1', String(i))
      b.origin.last.take()
    }
    await b.turn()
    expect(textOf(client.replies[0])).toBe('ORIGINWRITE the key keeps changing at its origin; try again')
    expect(b.origin.puts).toHaveLength(3)
  })

  test('that fails leaves the copy unserved until the origin was asked, for it may have been made', async () => {
    const b = new Bench()
    b.origin.values.set('k1', 'old')
    const client = b.client()
    expect(await b.ask(client, 'GET', 'k1')).toBe('old')
    client.request(['SET', 'k1', 'new'])
    await b.turn()
    b.origin.values.set('k1', 'new') // it was made, and the answer lost
    b.origin.last.fail()
    await b.turn()
    expect(textOf(client.replies[1])).toBe(
      "ORIGINDOWN origin 'o' did not confirm the write of 'k1' (EPIPE); it may have been made: read the key, then decide",
    )
    expect(await b.ask(client, 'GET', 'k1')).toBe('new')
    expect(b.origin.fetches).toBe(2)
  })

  test('that fails before anything was written says so, and leaves the copy as fresh as it was', async () => {
    const b = new Bench()
    b.origin.values.set('k1', 'old')
    const client = b.client()
    expect(await b.ask(client, 'GET', 'k1')).toBe('old')
    client.request(['SET', 'k1', 'new'])
    await b.turn()
    b.origin.last.fail(new Unavailable('READONLY', { unwritten: true }))
    await b.turn()
    expect(textOf(client.replies[1])).toBe(
      "ORIGINDOWN origin 'o' did not confirm the write of 'k1' (READONLY); nothing was written, try again",
    )
    expect(await b.ask(client, 'GET', 'k1')).toBe('old')
    expect(b.origin.fetches).toBe(1)
  })

  test('is not sent while the breaker is open, and says that nothing was written', async () => {
    const b = new Bench({ breaker: [1, '1m'] })
    const client = b.client()
    client.request(['SET', 'k1', 'new'])
    await b.turn()
    b.origin.last.fail()
    await b.turn()
    expect(textOf(await b.ask(client, 'SET', 'k2', 'new'))).toMatch(/^ORIGINDOWN .*nothing was written, try again$/)
    expect(b.origin.puts).toHaveLength(1)
  })

  test('that its origin does not answer ends at the hard timeout', async () => {
    const b = new Bench()
    const client = b.client()
    client.request(['SET', 'k1', 'new'])
    await b.turn()
    b.clock.advance(5000)
    await b.turn()
    expect(textOf(client.replies[0])).toMatch(/^ORIGINDOWN .*no answer within 5s/)
  })

  test('that changes nothing, or fails, is no matter of its origin', async () => {
    const b = new Bench()
    b.origin.values.set('k1', 'text')
    const client = b.client()
    expect(await b.ask(client, 'SETNX', 'k1', 'other')).toBe(0)
    expect(textOf(await b.ask(client, 'INCR', 'k1'))).toBe('ERR value is not an integer or out of range')
    expect(textOf(await b.ask(client, 'HSET', 'k1', 'f', 'v'))).toMatch(/^WRONGTYPE/)
    expect(b.origin.puts).toHaveLength(0)
  })

  test('of a value that the origin cannot hold is refused, and nothing changes', async () => {
    const b = new Bench({ valueBytesMax: 4 })
    const client = b.client()
    expect(textOf(await b.ask(client, 'RPUSH', 'k1', 'a'))).toBe(
      "ORIGINVALUE the value of 'k1' at origin 'o' has to be a string",
    )
    expect(textOf(await b.ask(client, 'SET', 'k1', 'abcde'))).toMatch(/^ORIGINVALUE .* may have 4 bytes$/)
    expect(await b.ask(client, 'EXISTS', 'k1')).toBe(0)
    expect(b.origin.puts).toHaveLength(0)
  })
})

describe('hashes', () => {
  test('are written with all their fields', async () => {
    const b = new Bench({ as: 'hash' })
    b.origin.values.set('k1', { a: '1' })
    const client = b.client()
    client.request(['HINCRBY', 'k1', 'b', '5'])
    await b.turn()
    expect(b.origin.last.value).toEqual({ a: '1', b: '5' })
    client.close()
  })

  test('are not deleted by their last field', async () => {
    const b = new Bench({ as: 'hash' })
    b.origin.values.set('k1', { a: '1' })
    const client = b.client()
    expect(textOf(await b.ask(client, 'HDEL', 'k1', 'a'))).toBe(
      "ORIGINWRITE origin 'o' would delete 'k1'; use DEL for that",
    )
    expect(await b.ask(client, 'HGETALL', 'k1')).toEqual(['a', '1'])
  })
})

describe('deleting', () => {
  test('DEL deletes at the origin, and its absence is known', async () => {
    const b = new Bench()
    b.origin.values.set('k1', 'one')
    const client = b.client()
    await b.ask(client, 'GET', 'k1')
    expect(await b.write(client, 'DEL', 'k1')).toBe(1)
    expect(b.origin.values.has('k1')).toBe(false)
    expect(await b.ask(client, 'GET', 'k1')).toBeNull()
    expect(b.origin.fetches).toBe(1)
  })

  test('what is not held here is deleted there as well', async () => {
    const b = new Bench()
    b.origin.values.set('k1', 'one')
    expect(await b.write(b.client(), 'UNLINK', 'k1')).toBe(0) // as many as were here
    expect(b.origin.values.has('k1')).toBe(false)
  })

  test('GETDEL replies what it deleted', async () => {
    const b = new Bench()
    b.origin.values.set('k1', 'one')
    expect(await b.write(b.client(), 'GETDEL', 'k1')).toBe('one')
    expect(b.origin.values.has('k1')).toBe(false)
  })

  test('EXPIRE, FLUSHDB and the end of a time to live are about the copy alone', async () => {
    const b = new Bench()
    b.origin.values.set('k1', 'one')
    const client = b.client()
    await b.ask(client, 'GET', 'k1')
    expect(await b.ask(client, 'PEXPIRE', 'k1', '10')).toBe(1)
    b.clock.advance(20)
    expect(await b.ask(client, 'GET', 'k1')).toBe('one')
    expect(await b.ask(client, 'FLUSHDB')).toBe('OK')
    expect(await b.ask(client, 'GET', 'k1')).toBe('one')
    expect(b.origin.puts).toHaveLength(0)
  })
})

describe('while a write is under way', () => {
  test('others of the key wait their turn, reads do not', async () => {
    const b = new Bench()
    b.origin.values.set('k1', '1')
    const [one, two, three] = [b.client(), b.client(), b.client()]
    await b.ask(three, 'GET', 'k1')
    one.request(['INCR', 'k1'])
    two.request(['INCR', 'k1'], ['GET', 'k1'])
    await b.turn()
    expect(b.origin.puts).toHaveLength(1)
    expect(await b.ask(three, 'GET', 'k1')).toBe('1')
    b.origin.last.take()
    await b.turn()
    expect(one.replies).toEqual([2])
    expect(b.origin.puts).toHaveLength(2)
    b.origin.last.take()
    await b.turn()
    expect(two.replies).toEqual([3, '3'])
  })

  test('a client that leaves has its write made, and the copy asked for anew', async () => {
    const b = new Bench()
    b.origin.values.set('k1', 'old')
    const [one, two] = [b.client(), b.client()]
    await b.ask(two, 'GET', 'k1')
    one.request(['SET', 'k1', 'new'])
    two.request(['SET', 'k1', 'newer'])
    await b.turn()
    one.close()
    expect(b.origin.puts).toHaveLength(1)
    b.origin.puts[0].take()
    await b.turn()
    expect(b.origin.puts).toHaveLength(2)
    b.origin.puts[1].fail()
    await b.turn()
    expect(await b.ask(two, 'GET', 'k1')).toBe('new')
  })

  test('a change of the copy leaves the reply, and has the origin asked', async () => {
    const b = new Bench()
    b.origin.values.set('k1', '1')
    const [one, two] = [b.client(), b.client()]
    await b.ask(one, 'GET', 'k1')
    one.request(['INCR', 'k1'])
    await b.turn()
    await b.ask(two, 'EXPIRE', 'k1', '100')
    b.origin.last.take()
    await b.turn()
    expect(one.replies[1]).toBe(2)
    const { fetches } = b.origin
    expect(await b.ask(two, 'GET', 'k1')).toBe('2')
    expect(b.origin.fetches).toBe(fetches + 1)
  })

  test('a server that becomes a replica replies what was made, and asks its origin', async () => {
    const b = new Bench()
    const client = b.client()
    client.request(['SET', 'k1', 'one'])
    await b.turn()
    b.dispatch.dispatcher.setGate(Gate.replica, true)
    b.origin.last.take()
    await b.turn()
    expect(client.replies).toEqual(['OK'])
    expect(textOf(await b.ask(client, 'SET', 'k2', 'two'))).toMatch(/^READONLY/)
    expect(await b.ask(client, 'GET', 'k1')).toBe('one')
    expect(b.origin.fetches).toBe(1)
  })

  test('while writes are held back, as at the end of the server, a client is told what became of one that was sent', async () => {
    const b = new Bench()
    const [made, failed] = [b.client(), b.client()]
    made.request(['SET', 'k1', 'one'])
    failed.request(['SET', 'k2', 'two'])
    await b.turn()
    b.dispatch.dispatcher.pauses.holdWrites()
    b.origin.puts[0].take()
    b.origin.puts[1].fail()
    await b.turn()
    expect(made.replies).toEqual(['OK'])
    expect(textOf(failed.replies[0])).toMatch(/^ORIGINDOWN .*it may have been made/)
  })

  test('the end of its route makes it a plain write', async () => {
    const b = new Bench()
    const [one, two] = [b.client(), b.client()]
    one.request(['SET', 'k1', 'one'])
    await b.turn()
    const three = b.client()
    three.request(['SET', 'k1', 'one'])
    two.request(['ORIGIN', 'DEL', 'o'])
    await b.turn()
    expect([one.replies, three.replies]).toEqual([['OK'], ['OK']])
    expect(b.dispatch.origins.resolver.writing).toBe(0)
    expect(await b.ask(one, 'GET', 'k1')).toBe('one')
  })
})

describe('calls that cannot be written through', () => {
  test.each([
    [['MSET', 'k1', 'a', 'k2', 'b'], /^ORIGINWRITE a call may write only one key through/],
    [['DEL', 'k1', 'k2'], /^ORIGINWRITE a call may write only one key through/],
    [['COPY', 'plain', 'k1'], /^ORIGINWRITE origin 'o' takes writes by calls of one bound key/],
  ])('%j', async (words, text) => {
    const b = new Bench()
    const client = b.client()
    await b.ask(client, 'SET', 'plain', 'x')
    expect(textOf(await b.ask(client, ...words))).toMatch(text)
    expect(b.origin.puts).toHaveLength(0)
  })

  test.each([[['SET', 'k1', 'a']], [['DEL', 'k1']]])('%j in MULTI', async (words) => {
    const b = new Bench()
    const client = b.client()
    await b.ask(client, 'MULTI')
    expect(textOf(await b.ask(client, ...words))).toMatch(
      /^ORIGINWRITE origin 'o' takes writes by calls of one bound key/,
    )
    expect(textOf(await b.ask(client, 'EXEC'))).toMatch(/^EXECABORT/)
  })

  test('plain keys beside one that is bound are written with it', async () => {
    const b = new Bench()
    const client = b.client()
    expect(await b.write(client, 'MSET', 'k1', 'a', 'plain', 'b')).toBe('OK')
    expect(await b.ask(client, 'MGET', 'k1', 'plain')).toEqual(['a', 'b'])
    expect(b.origin.values.get('k1')).toBe('a')
  })

  test('what is made of other types is refused, and nothing changes', async () => {
    const b = new Bench()
    const client = b.client()
    await b.ask(client, 'RPUSH', 'plain', 'x')
    expect(textOf(await b.ask(client, 'RENAME', 'plain', 'k1'))).toMatch(/^ORIGINWRITE .*strings and hashes only$/)
    expect(await b.ask(client, 'LLEN', 'plain')).toBe(1)
    expect(await b.ask(client, 'EXISTS', 'k1')).toBe(0)
    expect(b.origin.puts).toHaveLength(0)
  })

  test('RENAME of a plain key writes its new name there', async () => {
    const b = new Bench()
    const client = b.client()
    await b.ask(client, 'SET', 'plain', 'x')
    expect(await b.write(client, 'RENAME', 'plain', 'k1')).toBe('OK')
    expect(b.origin.values.get('k1')).toBe('x')
    expect(await b.ask(client, 'EXISTS', 'plain')).toBe(0)
  })
})
