import { readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ManualClock } from '../../../src/base/index.js'
import { DirWatch } from '../../../src/origin/stores/dir-watch.js'
import { Heard } from './watching-contract.js'

describe.each([
  ['of which the kernel tells everything', true],
  ['that somebody else may change', false],
])('a folder %s', (_, hearsAll) => {
  let folder: string
  let heard: Heard
  let watch: DirWatch | null
  /** Its files are older than two seconds: what they are is settled. */
  const clock = new ManualClock(Date.now() + 10_000)
  beforeEach(async () => {
    folder = join(await mkdtemp(join(tmpdir(), 'origin-')), 'folder')
    await mkdir(folder)
    heard = new Heard()
    watch = null
  })
  afterEach(async () => {
    await watch?.close()
    await rm(join(folder, '..'), { recursive: true, force: true })
  })

  const begin = async (at = clock): Promise<DirWatch> =>
    (watch = await DirWatch.open(folder, heard, at, async () => hearsAll))
  const told = async (): Promise<string[]> => {
    await watch!.prove()
    return [...new Set(heard.words.splice(0))].sort()
  }

  test('tells names of files that were written, replaced, deleted and renamed', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'same']) await writeFile(join(folder, name), 'v')
    await begin()
    await writeFile(join(folder, 'a'), 'w')
    await writeFile(join(folder, 'new'), 'v')
    await rename(join(folder, 'new'), join(folder, 'b'))
    await rm(join(folder, 'c'))
    await rename(join(folder, 'd'), join(folder, 'e'))
    expect((await told()).filter((name) => name !== 'new')).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect(await told()).toEqual([])
  })

  test('that is moved away is lost, also when another takes its place', async () => {
    await begin()
    await rename(folder, `${folder}.moved`)
    await mkdir(folder)
    await expect(watch!.prove()).rejects.toThrow('its folder was moved or deleted')
    await writeFile(join(`${folder}.moved`, 'k'), 'v')
    expect(heard.words.filter((word) => word !== 'folder')).toEqual(['lost']) // its own name may be told, too
    await expect(watch!.prove()).rejects.toThrow(Error)
  })

  test('that holds a file of its own name is not lost for what happens to that file', async () => {
    await writeFile(join(folder, 'folder'), 'v')
    await begin()
    await writeFile(join(folder, 'folder'), 'w')
    expect(await told()).toEqual(['folder'])
  })

  test('in which more happens in one turn than the kernel may have kept may have changed anywhere', async () => {
    await begin()
    const half = Number(readFileSync('/proc/sys/fs/inotify/max_queued_events', 'utf8')) / 2
    const times = new Date()
    writeFileSync(join(folder, 'k'), '')
    writeFileSync(join(folder, 'l'), '')
    for (let i = 0; i < half; i++) utimesSync(join(folder, i % 2 ? 'k' : 'l'), times, times) // equal ones in a row are one
    await watch!.prove()
    expect(heard.words).toContain('*')
  })

  if (hearsAll) return

  test('shows what nobody told of, by the stats of its files', async () => {
    await writeFile(join(folder, 'k'), 'v')
    await begin()
    const path = join(folder, 'k')
    const { atime, mtime } = await stat(path)
    await utimes(path, atime, new Date(mtime.getTime() + 1000))
    await watch!.prove()
    expect(heard.words.filter((word) => word === 'k').length).toBeGreaterThan(1) // by the kernel, and by the stats
  })

  test('holds files that are told again while they are younger than two seconds', async () => {
    await begin(new ManualClock(Date.now()))
    await writeFile(join(folder, 'k'), 'v')
    await watch!.prove()
    heard.words.length = 0
    expect(await told()).toEqual(['k'])
  })

  test('with too many files is not watched: every read is to be validated', async () => {
    for (let i = 0; i <= 1000; i++) writeFileSync(join(folder, String(i)), '')
    await expect(begin()).rejects.toMatchObject({
      message: 'a folder of more than 1000 files cannot be watched where it lies',
      counts: false,
    })
  })
})
