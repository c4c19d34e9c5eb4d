import { ManualClock, Region, SeededRandom } from '../../../src/base/index.js'
import { AppendWriter, type FsyncPolicy } from '../../../src/persistence/aof/writer.js'
import { MemoryFiles } from '../memory-files.js'

/** A writer on files in memory. */
class Desk {
  readonly files = new MemoryFiles()
  readonly clock = new ManualClock()
  readonly said: string[] = []
  readonly events: string[] = []
  policy: FsyncPolicy = 'always'
  spares = false
  hasEnded = false
  readonly writer: AppendWriter
  expected = ''

  constructor(policy: FsyncPolicy) {
    this.policy = policy
    const say = (text: string): void => void this.said.push(text)
    this.writer = new AppendWriter({
      files: this.files,
      clock: this.clock,
      log: { debug: say, verbose: say, notice: say, warning: say },
      policy: () => this.policy,
      sparesDisk: () => this.spares,
      isImaging: () => this.spares,
      becameSafe: () => {},
      fatal: () => (this.hasEnded = true),
      took: (event) => this.events.push(event),
    })
    this.open('a')
  }

  open(path: string): void {
    this.writer.open(this.files.open(path, 'a'), this.files.content(path).length)
  }

  append(text: string): void {
    const region = Region.copyOf(Buffer.from(`--${text}`, 'latin1'))
    this.writer.append(region, 2, 2 + text.length)
    this.expected += text
  }

  turn(...texts: string[]): void {
    for (const text of texts) this.append(text)
    this.writer.endTurn()
  }
}

test('what a loop turn brings is one write, and under `no` nobody asks for an fsync', () => {
  const desk = new Desk('no')
  desk.turn('abc', 'def')
  desk.turn('g')
  desk.turn()
  expect(desk.files.content('a')).toBe('abcdefg')
  expect([desk.files.count('write'), desk.files.count('sync')]).toEqual([2, 0])
  desk.clock.advance(5000)
  desk.files.settle()
  expect(desk.files.count('sync')).toBe(0)
  expect(desk.writer.safe).toBe(7)
})

test('under `always` one fsync covers all that came while the last one was under way', () => {
  const desk = new Desk('always')
  desk.turn('a')
  expect([desk.files.content('a'), desk.writer.safe]).toEqual(['a', 0])
  for (let i = 0; i < 100; i++) desk.turn('b')
  expect([desk.files.content('a'), desk.writer.safe, desk.writer.bufferedBytes]).toEqual(['a', 0, 100])
  desk.files.turn()
  expect([desk.files.safe('a'), desk.writer.safe]).toEqual(['a', 1])
  expect(desk.files.content('a').length).toBe(101)
  desk.files.turn()
  expect([desk.files.safe('a').length, desk.writer.safe]).toEqual([101, 101])
  expect([desk.files.count('write'), desk.files.count('sync')]).toEqual([2, 2])
  expect(desk.events).toContain('aof-fsync-always')
})

test('under `everysec` an fsync is asked for once a second, and covers the last write without another', () => {
  const desk = new Desk('everysec')
  desk.turn('a')
  desk.files.settle()
  expect([desk.files.count('sync'), desk.writer.safe]).toEqual([1, 1])
  for (let i = 0; i < 30; i++) {
    desk.clock.advance(100)
    desk.turn('b')
    desk.files.settle()
  }
  expect(desk.files.count('sync')).toBe(4)
  desk.clock.advance(1000)
  desk.files.settle()
  expect(desk.files.safe('a')).toBe(desk.expected)
  desk.clock.advance(10_000)
  desk.files.settle()
  expect(desk.files.count('sync')).toBe(5)
})

test('while an fsync is under way writes are done by another thread, in order, and a slow one is told of', () => {
  const desk = new Desk('everysec')
  desk.turn('a')
  desk.turn('b')
  expect(desk.files.content('a')).toBe('a')
  desk.turn('c')
  desk.clock.advance(1500)
  desk.turn('d')
  desk.clock.advance(1000)
  desk.turn('e')
  expect(desk.writer.delayedSyncs).toBe(1)
  expect(desk.said).toEqual(['Asynchronous AOF fsync is taking too long (disk is busy?).'])
  desk.files.settle()
  expect([desk.files.content('a'), desk.files.safe('a')]).toEqual(['abcde', 'abcde'])
})

test('large writes are done by another thread', () => {
  const desk = new Desk('no')
  desk.turn('x'.repeat(1 << 20), 'y')
  expect(desk.files.content('a')).toBe('')
  desk.turn('z')
  desk.files.settle()
  expect(desk.files.content('a') === desk.expected).toBe(true)
})

test('another file takes over between two units; the former one is put on the disk and closed', () => {
  const desk = new Desk('always')
  desk.turn('a')
  desk.append('b')
  desk.open('next')
  desk.turn('c')
  desk.files.settle()
  expect(desk.files.all).toEqual({ a: 'ab', next: 'c' })
  expect([desk.files.safe('a'), desk.files.safe('next'), desk.writer.safe]).toEqual(['ab', 'c', 3])
  expect([desk.files.openCount, desk.writer.fileBytes]).toEqual([1, 1])
})

test.each(['ENOSPC', 'EIO'] as const)('a write that fails by %s is taken back, kept, and done later', (code) => {
  const desk = new Desk('everysec')
  desk.turn('ab')
  desk.files.settle()
  desk.files.fault = (operation, _path, bytes) =>
    operation === 'write' ? { code, behindBytes: bytes > 3 ? 3 : 0 } : null
  desk.turn('cdefg')
  expect(desk.files.content('a')).toBe('ab')
  expect(desk.writer.writeError).toBe(code === 'EIO' ? 'Input/output error' : 'No space left on device')
  expect(desk.said[0]).toBe('Short write while writing to the AOF file: (nwritten=3, expected=5)')
  desk.turn('h')
  expect([desk.said.length, desk.hasEnded]).toEqual([1, false])
  desk.files.fault = () => null
  desk.writer.endTurn()
  expect([desk.writer.writeError, desk.files.content('a')]).toEqual([null, 'abcdefgh'])
  expect(desk.said[1]).toBe('AOF write error looks solved, Truedis can write again.')
})

test('what cannot be taken back is not written twice', () => {
  const desk = new Desk('no')
  let room = 3
  desk.files.fault = (operation, _path, bytes) => {
    if (operation === 'truncate') return { code: 'EIO' }
    if (operation !== 'write' || room >= bytes) return null
    const behindBytes = room
    room = 0
    return { code: 'ENOSPC', behindBytes }
  }
  desk.turn('ab', 'cd', 'ef')
  expect([desk.files.content('a'), desk.writer.bufferedBytes]).toEqual(['abc', 3])
  desk.files.fault = () => null
  desk.turn('gh')
  expect(desk.files.content('a')).toBe('abcdefgh')
})

test.each(['write', 'sync'])('under `always` a failed %s ends the process, and nothing more is safe', (failing) => {
  const desk = new Desk('always')
  desk.files.fault = (operation) => (operation === failing ? { code: 'EIO' } : null)
  desk.turn('a')
  desk.files.settle()
  expect([desk.hasEnded, desk.writer.safe]).toEqual([true, 0])
  expect(desk.said.at(-1)).toMatch(/Exiting\.\.\.$/)
})

test('a failed fsync of every second is an error until one succeeds', () => {
  const desk = new Desk('everysec')
  desk.files.fault = (operation) => (operation === 'sync' ? { code: 'EIO' } : null)
  desk.turn('a')
  desk.files.settle()
  expect([desk.writer.syncError, desk.hasEnded]).toEqual(['Input/output error', false])
  desk.files.fault = () => null
  desk.clock.advance(1000)
  desk.writer.endTurn()
  desk.files.settle()
  expect([desk.writer.syncError, desk.files.safe('a')]).toEqual([null, 'a'])
})

test('while the disk is spared nothing is put on it, and no reply waits for that', () => {
  const desk = new Desk('always')
  desk.spares = true
  desk.turn('a')
  desk.files.settle()
  expect([desk.files.count('sync'), desk.writer.safe, desk.events]).toEqual([
    0,
    1,
    ['aof-write-active-child', 'aof-write'],
  ])
  desk.spares = false
  desk.turn('b')
  desk.files.settle()
  expect(desk.files.safe('a')).toBe('ab')
})

test('draining puts all on the disk, whatever the policy, and says so', async () => {
  const desk = new Desk('no')
  desk.turn('a')
  desk.append('b')
  const drained = desk.writer.drain()
  desk.files.settle()
  await drained
  expect(desk.files.safe('a')).toBe('ab')
})

test('what is abandoned is not written, be it under way', () => {
  const desk = new Desk('no')
  desk.turn('x'.repeat(1 << 20))
  desk.append('y')
  desk.files.fault = (operation) => (operation === 'write' ? { code: 'ENOSPC' } : null)
  desk.writer.abandon()
  desk.files.settle()
  expect([desk.writer.bufferedBytes, desk.writer.writeError, desk.files.openCount]).toEqual([0, null, 0])
})

test('whatever fails in between, a file holds what was appended, in order and whole', () => {
  const seed = 20261126
  const random = new SeededRandom(seed)
  for (let run = 0; run < 30; run++) {
    const desk = new Desk((['everysec', 'no'] as const)[random.below(2)])
    let unit = 0
    for (let step = 0; step < 25; step++) {
      desk.files.fault =
        random.below(3) === 0
          ? (operation, _path, bytes) =>
              operation === 'write' || (operation === 'truncate' && step % 2 === 0)
                ? { code: 'ENOSPC', behindBytes: random.below(bytes + 1) }
                : null
          : () => null
      const texts = Array.from(
        { length: random.below(4) },
        () => `<${unit++}${'.'.repeat(random.below(8) === 0 ? 150_000 : 9)}>`,
      )
      desk.turn(...texts)
      if (random.below(2) === 0) desk.files.turn()
      desk.clock.advance(random.below(900))
      const content = desk.files.content('a')
      expect(desk.expected.startsWith(content)).toBe(true)
    }
    desk.files.fault = () => null
    for (let i = 0; i < 3; i++) {
      desk.writer.endTurn()
      desk.files.settle()
    }
    expect(desk.files.content('a') === desk.expected).toBe(true)
  }
})

test('under `everysec` the disk has what was acknowledged a second ago and an fsync longer, at any moment', () => {
  const stepMsMax = 50 // so long take writes of another thread and fsyncs
  const seed = 20261126
  const random = new SeededRandom(seed)
  const desk = new Desk('everysec')
  const acknowledged: { readonly position: number; readonly atMs: number }[] = []
  for (let step = 0; step < 1000; step++) {
    if (random.below(3) === 0) desk.append('x'.repeat(random.below(100) === 0 ? 300_000 : 1 + random.below(20)))
    desk.writer.endTurn()
    const nowMs = desk.clock.monotonicMs()
    const { safe } = desk.writer
    if (safe > (acknowledged.at(-1)?.position ?? 0)) acknowledged.push({ position: safe, atMs: nowMs })
    const onDisk = desk.files.safeBytes('a')
    while (acknowledged.length > 0 && acknowledged[0].position <= onDisk) acknowledged.shift()
    if (acknowledged.length > 0) expect(nowMs - acknowledged[0].atMs).toBeLessThanOrEqual(1000 + 2 * stepMsMax)
    if (random.below(400) === 0)
      desk.clock.advance(random.below(3000)) // nobody writes for a while
    else desk.clock.advance(1 + random.below(stepMsMax))
    desk.files.turn()
  }
  expect(desk.files.count('sync')).toBeGreaterThan(10)
})
