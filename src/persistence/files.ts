import fs from 'node:fs'
import { dirname } from 'node:path'

/** A file descriptor. */
export type Descriptor = number

export interface FileFacts {
  readonly bytes: number
  readonly isDirectory: boolean
  /** Device and number: two paths that agree in both are one file. */
  readonly identity: string
}

/** `a` appends and makes the file where it is missing, `w` begins an empty one, `r` reads, `r+` changes what is there. */
export type OpenMode = 'a' | 'w' | 'r' | 'r+'

/** Called in a later loop turn, once. `count` is of bytes. */
export type Done = (error: Error | null, count: number) => void

/**
 * What persistence asks of the operating system, and all of it: a test puts faults here.
 *
 * Methods throw the system's error. What ends in `Later` is done by another thread and tells of it in a later loop turn.
 */
export interface Files {
  /** Permissions of a new file are 0644 without what the process's umask takes, as Redis makes its own. */
  open(path: string, mode: OpenMode): Descriptor
  close(file: Descriptor): void
  /** Reads at `position`; 0 at the end of the file. */
  read(file: Descriptor, into: Uint8Array, position: number): number
  /** Writes at the end, or where the last write ended; may write less than all. */
  write(file: Descriptor, bytes: Uint8Array): number
  /** Returns when the disk has the content, and the size. */
  sync(file: Descriptor): void
  truncate(file: Descriptor, bytes: number): void
  /** Null where there is nothing. */
  look(path: string): FileFacts | null
  rename(from: string, to: string): void
  /** Returns when the disk has the names of a directory, where the system can say so. */
  syncDirectory(path: string): void
  /** Makes a directory where there is none. */
  makeDirectory(path: string): void
  names(directory: string): string[]
  remove(path: string): void

  readLater(file: Descriptor, into: Uint8Array, position: number, done: Done): void
  /** Writes all parts behind each other; `count` is what was written, be it less. */
  writeLater(file: Descriptor, parts: readonly Uint8Array[], done: Done): void
  syncLater(file: Descriptor, done: Done): void
  closeLater(file: Descriptor, done: Done): void
  syncDirectoryLater(path: string, done: Done): void
  /** A large file is not deleted in a moment. */
  removeLater(path: string, done: Done): void
}

/** The machine's own files. */
export const systemFiles: Files = {
  open: (path, mode) => fs.openSync(path, mode, 0o644),
  close: (file) => fs.closeSync(file),
  read: (file, into, position) => fs.readSync(file, into, 0, into.length, position),
  write: (file, bytes) => fs.writeSync(file, bytes),
  sync: (file) => fs.fdatasyncSync(file),
  truncate: (file, bytes) => fs.ftruncateSync(file, bytes),
  look(path) {
    const facts = fs.statSync(path, { throwIfNoEntry: false, bigint: true })
    if (facts === undefined) return null
    return {
      bytes: Number(facts.size),
      isDirectory: facts.isDirectory(),
      identity: `${facts.dev}-${facts.ino}`,
    }
  },
  rename: (from, to) => fs.renameSync(from, to),
  syncDirectory(path) {
    if (process.platform === 'win32') return // a directory cannot be opened there
    const directory = fs.openSync(path, 'r')
    try {
      fs.fsyncSync(directory)
    } finally {
      fs.closeSync(directory)
    }
  },
  makeDirectory(path) {
    // one level, as Redis: the directory it stands in is its owner's
    if (fs.statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) fs.mkdirSync(path, 0o755)
  },
  names: (directory) => fs.readdirSync(directory),
  remove: (path) => fs.rmSync(path, { force: true }),

  readLater: (file, into, position, done) => fs.read(file, into, 0, into.length, position, answer(done)),
  writeLater: (file, parts, done) =>
    parts.length === 1 ? fs.write(file, parts[0], answer(done)) : fs.writev(file, parts, answer(done)),
  syncLater: (file, done) => fs.fdatasync(file, answer(done)),
  closeLater: (file, done) => fs.close(file, answer(done)),
  syncDirectoryLater(path, done) {
    if (process.platform === 'win32') return setImmediate(done, null, 0)
    fs.open(path, 'r', (error, directory) => {
      if (error !== null) return done(error, 0)
      fs.fsync(directory, (problem) => fs.close(directory, () => done(problem ?? null, 0)))
    })
  },
  removeLater: (path, done) => fs.rm(path, { force: true }, answer(done)),
}

const answer =
  (done: Done) =>
  (error: Error | null | undefined, count = 0): void =>
    done(error ?? null, count)

/** Moves a file to its final name, which the disk has when this returns. */
export function publish(files: Files, from: string, to: string): void {
  files.rename(from, to)
  files.syncDirectory(dirname(to))
}

/**
 * The same, where another thread waits for the disk. The file that had the name is held open over that: the system gives its
 * blocks back when it is closed, which of half a gigabyte takes tens of milliseconds, and not within the renaming.
 *
 * @param done told the system's error, where there was one
 */
export function publishLater(files: Files, from: string, to: string, done: (error: Error | null) => void): void {
  const replaced = openIfThere(files, to)
  try {
    files.rename(from, to)
  } catch (error) {
    return done(error as Error)
  } finally {
    if (replaced !== null) files.closeLater(replaced, () => {})
  }
  files.syncDirectoryLater(dirname(to), done)
}

function openIfThere(files: Files, path: string): Descriptor | null {
  try {
    return files.open(path, 'r')
  } catch {
    return null
  }
}

/** The content of a small file. */
export function readWhole(files: Files, path: string): Buffer {
  const file = files.open(path, 'r')
  try {
    const parts: Buffer[] = []
    for (let position = 0; ;) {
      const part = Buffer.allocUnsafe(1 << 16)
      const read = files.read(file, part, position)
      if (read === 0) return Buffer.concat(parts)
      parts.push(part.subarray(0, read))
      position += read
    }
  } finally {
    files.close(file)
  }
}

/** Writes all of it, in as many writes as that takes. */
export function writeWhole(files: Files, file: Descriptor, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += files.write(file, bytes.subarray(at))
}
