import { lstat, open, opendir, stat, unlink } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Clock } from '../../base/index.js'
import type { CancelSignal } from '../cancellation.js'
import type { ValueKind } from '../options.js'
import { RouteError } from '../route-error.js'
import { codeOf } from '../secrets.js'
import { Unavailable } from '../store.js'
import type { Answer, Ask, ChangeListener, NamePage, OriginStore, StoreFacts, Watch, Write, Written } from '../store.js'
import { Template } from '../template.js'
import { answerFromBytes, parseJson, tooLarge, unlessHeld, withDigest } from '../values.js'
import { hashText } from './json-values.js'
import { DirWatch } from './dir-watch.js'
import { pageOf } from './listing.js'
import { readLocalUrl } from './opening.js'
import type { OpenStore } from './opening.js'
import { failedWrite, openFlags, replaceFile, syncFolder, unwritable } from './replace-file.js'
import { stampOf } from './stamp.js'
import type { Stamp } from './stamp.js'
import { Turns } from './turns.js'

/** Longest file name that common file systems take, in bytes. */
const fileNameBytesMax = 255

/** A file is read again this often when it changes while it is read. */
const readingsMax = 3

/** What may stand in a path of its own: never another folder's file, in the spelling of any system. */
const isPlainName = (name: string): boolean => !/^\.{0,2}$|[/\\\0]/.test(name)

/** There is no such file, or it can have no such name. */
const noFile = new Set(['ENOENT', 'ENAMETOOLONG', 'EINVAL', 'ENXIO', 'EISDIR'])

/** That one file is closed to us, while the folder is well. */
const closed = new Set(['EACCES', 'EPERM'])

const linkRefused: Answer = { kind: 'refused', reason: 'is a link, which dir: does not follow' }

/** A file at one moment. */
interface Content {
  readonly bytes: Buffer
  readonly stamp: Stamp
}

/** The JSON object that a file holds; an empty one where it holds none, or what is no file. */
function objectIn(content: Content | Answer | null): string {
  if (content === null || 'kind' in content) return '{}'
  try {
    const json = parseJson(content.bytes)
    return typeof json === 'object' && json !== null && !Array.isArray(json) ? content.bytes.toString() : '{}'
  } catch {
    return '{}'
  }
}

/**
 * `dir:` — a file per key in one folder; `Ask.key` is the file's name.
 *
 * A stat in nanoseconds confirms a copy; a file changed within the last two seconds is read again instead. What is no
 * plain file (a folder, a pipe) is absent; a link is refused, since where it leads is not the folder's to say. The folder
 * itself may be a link: its owner named it.
 */
export class DirStore implements OriginStore {
  /** One: each file is asked for by calls of its own anyway, and what fails with one shall not fail the others. */
  readonly batchMax = 1
  readonly facts: StoreFacts
  readonly #folder: string
  readonly #as: ValueKind
  readonly #valueBytesMax: number
  readonly #clock: Clock
  readonly #turns = new Turns()

  constructor(folder: string, { as, valueBytesMax, clock }: { as: ValueKind; valueBytesMax: number; clock: Clock }) {
    this.facts = { path: folder }
    this.#folder = folder
    this.#as = as
    this.#valueBytesMax = valueBytesMax
    this.#clock = clock
  }

  fetchMany(asks: readonly Ask[]): Promise<readonly Answer[]> {
    return Promise.all(asks.map((ask) => this.#ask(ask)))
  }

  /**
   * Puts a whole file in place of the one that is there, by rename. The look at what is expected comes before it: of two
   * that write here at once in this process one is refused, while what another program does in between is not seen.
   */
  write(write: Write, signal: CancelSignal): Promise<Written> {
    return this.#turns.take(write.key, () => this.#write(write, signal))
  }

  watch(listener: ChangeListener): Promise<Watch> {
    return DirWatch.open(this.#folder, listener, this.#clock)
  }

  list(prefix: string, cursor: NamePage['next']): Promise<NamePage> {
    return pageOf(cursor, () => this.#names(prefix))
  }

  async close(): Promise<void> {}

  async #names(prefix: string): Promise<string[]> {
    try {
      const names: string[] = []
      for await (const entry of await opendir(this.#folder, { bufferSize: 256 })) {
        if (entry.name.startsWith(prefix) && entry.isFile()) names.push(entry.name)
      }
      return names
    } catch (error) {
      throw new Unavailable(`folder cannot be read: ${codeOf(error)}`, { counts: false })
    }
  }

  async #write({ key, value, expected }: Write, signal: CancelSignal): Promise<Written> {
    if (signal.aborted) throw new Unavailable('nobody waits', { counts: false, unwritten: true })
    if (!isPlainName(key)) return { kind: 'refused', reason: 'has no file name' }
    if (value !== null && value.kind !== this.#as) {
      return { kind: 'refused', reason: `is no ${this.#as}, as 'as ${this.#as}' needs` }
    }
    try {
      const before = expected === undefined && value?.kind !== 'hash' ? null : await this.#content(key, null)
      if (expected !== undefined) {
        const held = await this.#answer(before!)
        if (held.kind === 'refused') return held
        const digest = held.kind === 'found' ? held.digest : undefined
        const isExpected = expected === 'absent' ? held.kind === 'absent' : digest?.equals(expected) === true
        if (!isExpected) return { kind: 'conflict' }
      }
      const bytes = value?.kind === 'hash' ? hashText(value, objectIn(before)) : (value?.bytes ?? null)
      if (typeof bytes === 'object' && bytes !== null && 'kind' in bytes) return bytes
      await this.#put(key, bytes)
      return { kind: 'written' }
    } catch (error) {
      const code = codeOf(error)
      if (unwritable.has(code)) return { kind: 'refused', reason: `cannot be written: ${code}` }
      throw failedWrite(error)
    }
  }

  /** @param bytes null: deletes the file, if there is one */
  async #put(key: string, bytes: Buffer | string | null): Promise<void> {
    const path = join(this.#folder, key)
    try {
      if (bytes !== null) return void (await replaceFile(path, Buffer.from(bytes)))
      await unlink(path)
    } catch (error) {
      if (codeOf(error) === 'ENOENT') await this.#checkFolder()
      if (codeOf(error) !== 'ENOENT' || bytes !== null) throw error
      return
    }
    await syncFolder(this.#folder)
  }

  async #ask({ key, digest, validator }: Ask): Promise<Answer> {
    return unlessHeld(await this.#answer(await this.#content(key, validator)), digest)
  }

  /** A file as it is at one moment, or what stands for it. @throws {Unavailable} */
  async #content(key: string, validator: string | null): Promise<Content | Answer> {
    if (!isPlainName(key)) return { kind: 'absent' }
    const path = join(this.#folder, key)
    try {
      const atMs = this.#clock.unixMs()
      const stats = await lstat(path, { bigint: true })
      if (stats.isSymbolicLink()) return linkRefused
      if (!stats.isFile()) return { kind: 'absent' }
      const { text, settled, size } = stampOf(stats, atMs)
      if (settled && validator === text) return { kind: 'not-modified' }
      if (size > this.#valueBytesMax) return tooLarge(this.#valueBytesMax)
    } catch (error) {
      if (codeOf(error) === 'EACCES') throw new Unavailable('folder cannot be entered: EACCES', { counts: false })
      return this.#failed(codeOf(error))
    }
    try {
      return await this.#read(path)
    } catch (error) {
      if (error instanceof Unavailable) throw error
      return this.#failed(codeOf(error))
    }
  }

  async #read(path: string): Promise<Content | Answer> {
    const file = await open(path, openFlags)
    try {
      let before = await this.#stat(file)
      for (let i = 0; i < readingsMax && before !== null; i++) {
        if (before.size > this.#valueBytesMax) return tooLarge(this.#valueBytesMax)
        const bytes = Buffer.alloc(before.size)
        const { bytesRead } = await file.read(bytes, 0, before.size, 0)
        const after = await this.#stat(file)
        if (after?.text === before.text && bytesRead === before.size) return { bytes, stamp: before }
        before = after
      }
      if (before === null) return { kind: 'absent' }
    } finally {
      await file.close()
    }
    throw new Unavailable('file changes while it is read', { counts: false })
  }

  /** Null where it is no plain file. */
  async #stat(file: FileHandle): Promise<Stamp | null> {
    const atMs = this.#clock.unixMs()
    const stats = await file.stat({ bigint: true })
    return stats.isFile() ? stampOf(stats, atMs) : null
  }

  /** @throws {Unavailable} no JSON, where it is needed */
  async #answer(content: Content | Answer): Promise<Answer> {
    if ('kind' in content) return content
    const { bytes, stamp } = content
    const answer = await withDigest(answerFromBytes(bytes, this.#as, this.#valueBytesMax))
    return answer.kind === 'found' && stamp.settled ? { ...answer, validator: stamp.text } : answer
  }

  /** @throws {Unavailable} */
  async #failed(code: string): Promise<Answer> {
    if (code === 'ELOOP') return linkRefused
    if (closed.has(code)) return { kind: 'refused', reason: `cannot be read: ${code}` }
    if (!noFile.has(code)) throw new Unavailable(`file cannot be read: ${code}`, { counts: false })
    await this.#checkFolder()
    return { kind: 'absent' }
  }

  /** A file is absent only where its folder is there. @throws {Unavailable} */
  async #checkFolder(): Promise<void> {
    try {
      if ((await stat(this.#folder)).isDirectory()) return
    } catch (error) {
      throw new Unavailable(`folder cannot be read: ${codeOf(error)}`, { counts: false })
    }
    throw new Unavailable('its folder is no folder', { counts: false })
  }
}

/** `dir:./pages`, a file named by what the first `*` matched; `dir:./pages/{1}.html` names it otherwise. */
export const openDir: OpenStore = (url, options, { clock, baseDirectory }) => {
  const { path, fragment } = readLocalUrl(url, { example: 'dir:./pages', hasNames: true })
  const [, folder, name] = /^(.*?)([^/\\]*\{(?:key|\d+)\}.*)?$/s.exec(path) ?? []
  if (fragment !== null) throw new RouteError('a dir: URL names its files as dir:./pages/{1}.html, without #')
  if (/\{(?!key\}|\d+\})\w+\}/.test(path)) {
    throw new RouteError('a dir: URL names its files by {key}, {1}, {2} and so on: other names in braces mean nothing')
  }
  if (name !== undefined && /[/\\\0]/.test(name))
    throw new RouteError('a dir: origin is one folder: {1} is its last part')
  const template = new Template(name ?? '{1}', 'path', fileNameBytesMax)
  return { store: new DirStore(resolve(baseDirectory, folder || '.'), { ...options, clock }), template }
}
