import { encodedAll } from '../../replication/support/random-writes.js'
import { FolderLoads, filled, pathOf } from '../aof-folders.js'
import { MemoryFiles } from '../memory-files.js'

const first = encodedAll([['SET', 'a', '1']])
const second = encodedAll([['SET', 'b', '1']])
const manifest = Buffer.from('file one.aof seq 1 type i\nfile two.aof seq 2 type i\n')

const folder = (one: Buffer, two: Buffer): MemoryFiles =>
  filled(new MemoryFiles(), { 'one.aof': one, 'two.aof': two, 'appendonly.aof.manifest': manifest })

test('the end of the last file may be cut off, and what is left is what was loaded', () => {
  const loads = new FolderLoads()
  const whole = loads.load(folder(first, Buffer.alloc(0)), false)
  const files = folder(first, second.subarray(0, -3))
  expect(loads.load(files, true).text).toBe(whole.text)
  expect(files.content(pathOf('two.aof'))).toBe('')
  expect(loads.load(files, false).text).toBe(whole.text)
})

test('a file that others follow is not cut, or the next start would take it for whole', () => {
  const loads = new FolderLoads()
  const broken = first.subarray(0, -3)
  const files = folder(broken, second)
  for (let start = 0; start < 2; start++) {
    const { isLoaded, text } = loads.load(files, true)
    expect([isLoaded, text]).toEqual([false, 'Fatal error: the truncated file is not the last file'])
    expect(files.content(pathOf('one.aof'))).toBe(broken.latin1Slice())
  }
})
