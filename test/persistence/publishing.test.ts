import { publishLater } from '../../src/persistence/files.js'
import { MemoryFiles } from './memory-files.js'

describe('a file that gets its final name', () => {
  let files: MemoryFiles

  beforeEach(() => {
    files = new MemoryFiles()
    files.put('/d/temp', 'new')
  })

  test('replaces the one that had it, which is open until another thread has time to give its blocks back', () => {
    files.put('/d/dump.rdb', 'old')
    const ends: unknown[] = []
    publishLater(files, '/d/temp', '/d/dump.rdb', (error) => ends.push(error))
    expect(files.all).toEqual({ '/d/dump.rdb': 'new' })
    expect([files.openCount, ends]).toEqual([1, []])
    files.settle()
    expect([files.openCount, ends]).toEqual([0, [null]])
  })

  test('may be the first of its name', () => {
    const ends: unknown[] = []
    publishLater(files, '/d/temp', '/d/dump.rdb', (error) => ends.push(error))
    files.settle()
    expect([files.all, files.openCount, ends]).toEqual([{ '/d/dump.rdb': 'new' }, 0, [null]])
  })

  test('keeps its temporary one where it cannot be renamed, and leaves nothing open', () => {
    files.put('/d/dump.rdb', 'old')
    files.fault = (operation) => (operation === 'rename' ? { code: 'EACCES' } : null)
    const ends: (Error | null)[] = []
    publishLater(files, '/d/temp', '/d/dump.rdb', (error) => ends.push(error))
    files.settle()
    expect(ends).toMatchObject([{ code: 'EACCES' }])
    expect([files.content('/d/dump.rdb'), files.openCount]).toEqual(['old', 0])
  })
})
