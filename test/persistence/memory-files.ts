import type { Descriptor, Done, FileFacts, Files, OpenMode } from '../../src/persistence/files.js'

/** What a fault does to an operation: fails it with this error, behind so many bytes of it. */
export interface Fault {
  readonly code: 'ENOSPC' | 'EIO' | 'EROFS' | 'EACCES'
  readonly behindBytes?: number
}

const errno = { ENOSPC: -28, EIO: -5, EROFS: -30, EACCES: -13, ENOENT: -2, EBADF: -9 } as const

interface Content {
  bytes: Buffer
  /** What the disk has for sure. */
  safe: Buffer
  readonly identity: string
}

/**
 * Files in memory, that fail when a test says so. What other threads would do happens when a test calls `turn`.
 */
export class MemoryFiles implements Files {
  /** Operations so far: `write a.aof`. */
  readonly operations: string[] = []
  /** Asked before each operation. */
  fault: (operation: string, path: string, bytes: number) => Fault | null = () => null
  readonly #contents = new Map<string, Content>()
  readonly #directories = new Set<string>()
  readonly #open = new Map<Descriptor, { path: string; content: Content }>()
  #next = 10
  #later: (() => void)[] = []
  /** Other threads are done with what they are asked for by the next loop turn, without `turn`. */
  runsByItself = false

  /** Files by name, as a process that comes next would find them. */
  get all(): Record<string, string> {
    return Object.fromEntries([...this.#contents].map(([path, { bytes }]) => [path, bytes.latin1Slice()]))
  }

  get openCount(): number {
    return this.#open.size
  }

  /** What the disk has for sure. */
  safe(path: string): string {
    return this.#contents.get(path)?.safe.latin1Slice() ?? ''
  }

  /** How much of it that is. */
  safeBytes(path: string): number {
    return this.#contents.get(path)?.safe.length ?? 0
  }

  content(path: string): string {
    return this.#contents.get(path)?.bytes.latin1Slice() ?? ''
  }

  put(path: string, content: string | Buffer): void {
    const bytes = typeof content === 'string' ? Buffer.from(content, 'latin1') : content
    this.#contents.set(path, { bytes, safe: bytes, identity: String(this.#next++) })
  }

  count(operation: string): number {
    return this.operations.filter((each) => each.startsWith(`${operation} `)).length
  }

  /** What other threads were asked for until now is done. Whether there was anything. */
  turn(): boolean {
    const jobs = this.#later
    this.#later = []
    for (const job of jobs) job()
    return jobs.length > 0
  }

  /** All that other threads are asked for is done. */
  settle(): void {
    while (this.turn());
  }

  // --- Files

  open(path: string, mode: OpenMode): Descriptor {
    this.#do('open', path)
    let content = this.#contents.get(path)
    if (content === undefined || mode === 'w') {
      if (content === undefined && (mode === 'r' || mode === 'r+')) throw systemError('ENOENT', path)
      content = { bytes: Buffer.alloc(0), safe: Buffer.alloc(0), identity: String(this.#next++) }
      this.#contents.set(path, content)
    }
    this.#open.set(this.#next, { path, content })
    return this.#next++
  }

  close(file: Descriptor): void {
    this.#of(file)
    this.#open.delete(file)
  }

  read(file: Descriptor, into: Uint8Array, position: number): number {
    const { path, content } = this.#of(file)
    this.#do('read', path)
    return content.bytes.copy(into, 0, position, position + into.length)
  }

  write(file: Descriptor, bytes: Uint8Array): number {
    const { path, content } = this.#of(file)
    this.operations.push(`write ${path}`)
    const fault = this.fault('write', path, bytes.length)
    const wrote = fault === null ? bytes.length : Math.min(bytes.length, fault.behindBytes ?? 0)
    if (fault !== null && wrote === 0) throw systemError(fault.code, path)
    content.bytes = Buffer.concat([content.bytes, bytes.subarray(0, wrote)])
    return wrote
  }

  sync(file: Descriptor): void {
    const { path, content } = this.#of(file)
    this.#do('sync', path)
    content.safe = content.bytes
  }

  truncate(file: Descriptor, bytes: number): void {
    const { path, content } = this.#of(file)
    this.#do('truncate', path)
    content.bytes = content.bytes.subarray(0, bytes)
  }

  look(path: string): FileFacts | null {
    if (this.#directories.has(path)) return { bytes: 0, isDirectory: true, identity: path }
    const content = this.#contents.get(path)
    return content === undefined
      ? null
      : { bytes: content.bytes.length, isDirectory: false, identity: content.identity }
  }

  rename(from: string, to: string): void {
    this.#do('rename', to)
    const content = this.#contents.get(from)
    if (content === undefined) throw systemError('ENOENT', from)
    this.#contents.delete(from)
    this.#contents.set(to, content)
  }

  syncDirectory(path: string): void {
    this.#do('syncDirectory', path)
  }

  makeDirectory(path: string): void {
    this.#do('makeDirectory', path)
    this.#directories.add(path)
  }

  names(directory: string): string[] {
    return [...this.#contents.keys()]
      .filter((path) => path.startsWith(`${directory}/`))
      .map((path) => path.slice(directory.length + 1))
  }

  remove(path: string): void {
    this.#do('remove', path)
    this.#contents.delete(path)
  }

  readLater(file: Descriptor, into: Uint8Array, position: number, done: Done): void {
    this.#answer(done, () => this.read(file, into, position))
  }

  writeLater(file: Descriptor, parts: readonly Uint8Array[], done: Done): void {
    // the bytes are read when they are written, not now
    this.#answer(done, () => this.write(file, Buffer.concat(parts)))
  }

  syncLater(file: Descriptor, done: Done): void {
    // what was written before it was asked for is what it is sure to cover
    const { content } = this.#of(file)
    const { bytes } = content
    this.#answer(done, () => {
      this.#do('sync', this.#of(file).path)
      content.safe = bytes
      return 0
    })
  }

  closeLater(file: Descriptor, done: Done): void {
    this.#answer(done, () => {
      this.close(file)
      return 0
    })
  }

  syncDirectoryLater(path: string, done: Done): void {
    this.#answer(done, () => {
      this.syncDirectory(path)
      return 0
    })
  }

  removeLater(path: string, done: Done): void {
    this.#answer(done, () => {
      this.remove(path)
      return 0
    })
  }

  #answer(done: Done, job: () => number): void {
    if (this.runsByItself && this.#later.length === 0) setImmediate(() => this.turn())
    this.#later.push(() => {
      let count: number
      try {
        count = job()
      } catch (error) {
        return done(error as Error, 0)
      }
      done(null, count)
    })
  }

  #do(operation: string, path: string): void {
    this.operations.push(`${operation} ${path}`)
    const fault = this.fault(operation, path, 0)
    if (fault !== null) throw systemError(fault.code, path)
  }

  #of(file: Descriptor): { path: string; content: Content } {
    const found = this.#open.get(file)
    if (found === undefined) throw systemError('EBADF', String(file))
    return found
  }
}

function systemError(code: keyof typeof errno, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code, errno: errno[code] })
}
