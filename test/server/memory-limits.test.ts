import { type Actor, Stage } from '../commands/stage.js'

/** Lets the server's loop turn until `holds`, which is asked each time. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let turns = 0; !(await holds()); turns++) if (turns > 20_000) throw new Error('it never came to that')
}

const field = (text: string, name: string): string => new RegExp(`(?:^|[\\s])${name}[=:](\\S*)`).exec(text)?.[1] ?? ''

const clientNamed = async (control: Actor, name: string): Promise<string> =>
  (await control.askText('CLIENT LIST')).split('\n').find((line) => line.includes(` name=${name} `)) ?? ''

async function enterAs(stage: Stage, name: string): Promise<Actor> {
  const actor = await stage.enter()
  await actor.ask(`CLIENT SETNAME ${name}`)
  return actor
}

/** Sends a request whose end does not come. */
async function hold(actor: Actor, control: Actor, name: string, bytes: number): Promise<void> {
  actor.raw.send(Buffer.from(`*2\r\n$${bytes}\r\n${'v'.repeat(bytes)}`))
  await until(async () => {
    const line = await clientNamed(control, name)
    return line === '' || Number(field(line, 'qbuf')) >= bytes
  })
}

let stage: Stage
let control: Actor

beforeEach(async () => {
  stage = await Stage.open({ maxmemoryClients: '0' })
  control = await enterAs(stage, 'control')
  await control.ask('CLIENT NO-EVICT ON')
})

afterEach(() => stage.close())

describe('maxmemory-clients', () => {
  const bytes = 400_000

  test('gives up clients of one size only until the rest is within the limit', async () => {
    for (let i = 0; i < 6; i++) await hold(await enterAs(stage, `c${i}`), control, `c${i}`, bytes)
    const sizes = (await control.askText('CLIENT LIST')).match(/name=c\d .*tot-mem=(\d+)/g)
    expect(sizes).toHaveLength(6)
    await control.ask(`CONFIG SET maxmemory-clients ${bytes * 4}`)
    await until(async () => (await control.askText('CLIENT LIST')).match(/name=c\d /g)?.length === 3)
    expect(field(await control.askText('INFO stats'), 'evicted_clients')).toBe('3')
    await control.ask('CONFIG RESETSTAT')
    expect(field(await control.askText('INFO stats'), 'evicted_clients')).toBe('0')
  })

  test('the largest goes first, whoever came first', async () => {
    await hold(await enterAs(stage, 'small'), control, 'small', 100_000)
    await hold(await enterAs(stage, 'large'), control, 'large', 900_000)
    await hold(await enterAs(stage, 'middle'), control, 'middle', 300_000)
    await control.ask('CONFIG SET maxmemory-clients 700000')
    await until(async () => (await clientNamed(control, 'large')) === '')
    expect(await clientNamed(control, 'small')).not.toBe('')
    expect(await clientNamed(control, 'middle')).not.toBe('')
  })

  test('a client that asked for it with NO-EVICT stays', async () => {
    await control.ask('CONFIG SET maxmemory-clients 200000')
    const kept = await enterAs(stage, 'kept')
    await kept.ask('CLIENT NO-EVICT ON')
    await hold(kept, control, 'kept', bytes)
    expect(Number(field(await clientNamed(control, 'kept'), 'tot-mem'))).toBeGreaterThanOrEqual(bytes)
    const given = await enterAs(stage, 'given')
    await hold(given, control, 'given', bytes)
    await until(async () => (await clientNamed(control, 'given')) === '')
    expect(await clientNamed(control, 'kept')).not.toBe('')
  })

  test('a client that announces more than there may be is given up before it is there', async () => {
    const given = await enterAs(stage, 'given')
    given.raw.send('*2\r\n$2000000\r\n')
    given.raw.send('v'.repeat(40_000))
    await until(async () => Number(field(await clientNamed(control, 'given'), 'tot-mem')) > 2_000_000)
    await control.ask('CONFIG SET maxmemory-clients 1000000')
    await until(async () => (await clientNamed(control, 'given')) === '')
  })

  test('a share of maxmemory is a limit, and without maxmemory none', async () => {
    await control.ask('CONFIG SET maxmemory-clients 5%')
    await hold(await enterAs(stage, 'first'), control, 'first', bytes)
    expect(await clientNamed(control, 'first')).not.toBe('')
    await control.ask('CONFIG SET maxmemory 6mb')
    await until(async () => (await clientNamed(control, 'first')) === '')
  })

  test('replies that are not read count', async () => {
    await control.ask(['SET', 'k', 'x'.repeat(1_000_000)])
    await control.ask('CONFIG SET maxmemory-clients 3000000')
    const reader = await enterAs(stage, 'reader')
    reader.raw.pause()
    await until(async () => {
      reader.send('GET k')
      const line = await clientNamed(control, 'reader')
      if (line !== '') expect(Number(field(line, 'tot-mem'))).toBeLessThan(5_000_000)
      return line === ''
    })
  })
})

describe('client-output-buffer-limit', () => {
  test('a reply beyond the hard limit is not sent at all, nor are those before it in the same turn', async () => {
    await control.ask(['SET', 'large', 'x'.repeat(150_000)])
    await control.ask('CONFIG SET client-output-buffer-limit "normal 100000 0 0"')
    const reader = await enterAs(stage, 'reader')
    reader.send('GET control', 'SET done 1', 'GET large', 'SET never 1')
    expect((await reader.raw.readToEnd()).latin1Slice()).toBe('')
    expect(reader.raw.closed).toBe(true)
    expect(await control.ask('GET done')).toBe('$1\r\n1\r\n')
    expect(field(await control.askText('INFO stats'), 'client_output_buffer_limit_disconnections')).toBe('1')
    expect(await control.ask('STRLEN large')).toBe(':150000\r\n')
  })

  test('who had more than that is gone for whoever is served next, in the same turn too', async () => {
    await control.ask(['SET', 'large', 'x'.repeat(150_000)])
    await control.ask('CONFIG SET client-output-buffer-limit "normal 100000 0 0"')
    const reader = await enterAs(stage, 'reader')
    reader.send('GET large') // both are there when the server looks for the next time
    expect(await clientNamed(control, 'reader')).toBe('')
  })

  test('commands whose reply may be without end stop when it is too long', async () => {
    await control.ask('CONFIG SET client-output-buffer-limit "normal 1000000 0 0"')
    await control.ask('HSET h a b')
    const reader = await enterAs(stage, 'reader')
    reader.send('HRANDFIELD h -999999999')
    expect(await reader.isClosed()).toBe(true)
  })
})

describe('maxmemory', () => {
  test('keys are evicted when clients hold the memory', async () => {
    for (let i = 0; i < 50; i++) await control.ask(`SETRANGE ${i} 100000 x`)
    await control.ask('CONFIG SET maxmemory 11mb maxmemory-policy allkeys-lru')
    for (let i = 0; i < 20; i++) await hold(await enterAs(stage, `c${i}`), control, `c${i}`, 400_000)
    await until(async () => Number((await control.ask('DBSIZE')).slice(1)) < 50)
    const stats = await control.askText('INFO stats')
    expect(Number(field(stats, 'evicted_keys'))).toBe(50 - Number((await control.ask('DBSIZE')).slice(1)))
    expect(field(stats, 'evicted_clients')).toBe('0')
  })

  test('a lower limit takes effect by itself, and a paused server evicts nothing', async () => {
    for (let i = 0; i < 3000; i++) await control.ask(`SET k${i} v`)
    await control.ask('CLIENT PAUSE 100000 WRITE')
    await control.ask('CONFIG SET maxmemory 1 maxmemory-policy allkeys-lru')
    for (let i = 0; i < 50; i++) await control.ask('PING')
    expect(await control.ask('DBSIZE')).toBe(':3000\r\n')
    await control.ask('CLIENT UNPAUSE')
    await control.ask('CONFIG SET maxmemory 2')
    await until(async () => (await control.ask('DBSIZE')) === ':0\r\n')
    expect(await control.ask('SET k v')).toBe("-OOM command not allowed when used memory > 'maxmemory'.\r\n")
    expect(await control.ask('GET k')).toBe('$-1\r\n')
    const stats = await control.askText('INFO stats')
    expect(field(stats, 'evicted_keys')).toBe('3000')
  })

  test('INFO names the limit and the policy', async () => {
    await control.ask('CONFIG SET maxmemory 100mb maxmemory-policy volatile-lfu')
    const memory = await control.askText('INFO memory')
    expect(['maxmemory', 'maxmemory_human', 'maxmemory_policy'].map((name) => field(memory, name))).toEqual([
      '104857600',
      '100.00M',
      'volatile-lfu',
    ])
  })
})
