import { constants } from 'node:fs'
import { lstat, open, rename, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { secretBytes } from '../../base/index.js'
import { codeOf } from '../secrets.js'
import { Unavailable } from '../store.js'

/**
 * Neither a link nor a pipe is waited for or followed, should one take the file's place after it was looked at. Windows
 * knows neither flag: there the look before decides alone.
 */
export const openFlags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

/** That one file cannot be written, while its folder is well. EACCES is the folder's: files are replaced, whatever their rights. */
export const unwritable: ReadonlySet<string> = new Set(['EPERM', 'EISDIR', 'ENAMETOOLONG', 'ENOTEMPTY', 'EEXIST'])

/** What was done in a folder may not outlast a power cut. */
class Unsynced extends Unavailable {
  constructor(error: unknown) {
    super(`folder cannot be synced: ${codeOf(error)}`, { counts: false })
  }
}

/**
 * Why a write failed. All that goes wrong before the rename, or the unlink, that is the write leaves everything as it was, and
 * so do these two where they fail: but for EIO, of which nobody knows.
 */
export function failedWrite(error: unknown): Unavailable {
  if (error instanceof Unsynced) return error
  if (error instanceof Unavailable) return new Unavailable(error.message, { ...error, unwritten: true })
  const code = codeOf(error)
  if (code === 'EACCES')
    return new Unavailable('folder cannot be written to: EACCES', { counts: false, unwritten: true })
  return new Unavailable(`file cannot be written: ${code}`, { counts: false, unwritten: code !== 'EIO' })
}

/**
 * Puts a whole file in place of the one that is there, if any, with its rights. Whoever reads sees the old file or the
 * new one, also after a power cut.
 *
 * @param mayReplace is asked at the last moment; false leaves the file that is there
 * @returns whether it was replaced
 * @throws what `failedWrite` explains
 */
export async function replaceFile(
  path: string,
  bytes: Buffer,
  mayReplace: () => Promise<boolean> = async () => true,
): Promise<boolean> {
  const folder = dirname(path)
  const temporary = join(folder, `.truedis-${secretBytes(8).toString('hex')}`)
  const before = await lstat(path).catch(() => null)
  const file = await open(temporary, 'wx', before === null ? 0o666 : 0o600)
  try {
    try {
      if (before !== null) {
        await file.chown(before.uid, before.gid).catch(() => undefined) // it may be another's, where we are not root
        await file.chmod(before.mode & 0o777)
      }
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    if (!(await mayReplace())) {
      await unlink(temporary)
      return false
    }
    await rename(temporary, path)
  } catch (error) {
    await unlink(temporary).catch(() => undefined)
    throw error
  }
  await syncFolder(folder)
  return true
}

/** What was done in the folder is on the disk. Windows has no such call. @throws what `failedWrite` explains */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  try {
    const folder = await open(path, constants.O_RDONLY)
    await folder.sync().finally(() => folder.close())
  } catch (error) {
    throw new Unsynced(error)
  }
}
