import { isUtf8 } from 'node:buffer'
import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import type { Clock } from '../../base/index.js'
import { codeOf } from '../secrets.js'
import { Unavailable } from '../store.js'
import { parseJson } from '../values.js'
import { stampOf } from './stamp.js'
import type { Stamp } from './stamp.js'

/** A longer file is refused: it would be parsed in one piece. */
export const fileBytesMax = 256 * 1024 * 1024

/** A file is read again this often when it changes while it is read. */
const readingsMax = 3

/** The file can be read, but holds no JSON object now. */
export class BadContent extends Unavailable {
  constructor(reason: string) {
    super(reason, { counts: false })
  }
}

/** @throws {Unavailable} */
export async function withFile<T>(path: string, flags: string | number, use: (file: FileHandle) => Promise<T>) {
  let file: FileHandle | null = null
  try {
    file = await open(path, flags)
    return await use(file)
  } catch (error) {
    if (error instanceof Unavailable) throw error
    throw new Unavailable(`file cannot be read: ${codeOf(error)}`, { counts: false })
  } finally {
    await file?.close()
  }
}

export async function stampOfFile(file: FileHandle, clock: Clock): Promise<Stamp> {
  const atMs = clock.unixMs()
  return stampOf(await file.stat({ bigint: true }), atMs)
}

/**
 * Reads a whole file as it was at one moment.
 *
 * @param before its stamp now
 * @param take makes something of it; where it throws `BadContent` a file just touched is read again: it may be half written
 * @throws {Unavailable}
 */
export async function readWhole<T>(
  file: FileHandle,
  clock: Clock,
  before: Stamp,
  take: (bytes: Buffer, stamp: Stamp) => T,
): Promise<T> {
  let problem = new BadContent('file changes while it is read')
  for (let i = 0; i < readingsMax; i++) {
    if (before.size > fileBytesMax) throw new BadContent(`file is larger than ${fileBytesMax} bytes`)
    const bytes = Buffer.alloc(before.size)
    const { bytesRead } = await file.read(bytes, 0, before.size, 0)
    const after = await stampOfFile(file, clock)
    if (after.text === before.text && bytesRead === before.size) {
      try {
        return take(bytes, before)
      } catch (error) {
        if (before.settled || !(error instanceof BadContent)) throw error
        problem = error
      }
    }
    before = after
  }
  throw problem
}

/** What is longer is not parsed once more, to say where it goes wrong. */
const explainedMax = 1024 * 1024

/** Where a file stops being JSON, as far as V8 tells: its message holds the file's own text, too. */
function noJson(text: string): string {
  if (text.length > explainedMax) return 'file holds no JSON'
  let at = text.length
  try {
    JSON.parse(text.replace(/^\ufeff/, ''))
  } catch (error) {
    const { message } = error as SyntaxError
    const [, position] = /position (\d+)/.exec(message) ?? []
    if (position === undefined && !message.includes('end of JSON')) return 'file holds no JSON'
    at = Number(position ?? text.length)
  }
  const lines = text.slice(0, at).split('\n')
  return `file holds no JSON: see line ${lines.length}, column ${lines.at(-1)!.length + 1}`
}

/** @throws {BadContent} what is no JSON object */
export function entriesOf(bytes: Buffer): Readonly<Record<string, unknown>> {
  let entries: unknown
  try {
    entries = parseJson(bytes)
  } catch (error) {
    throw error instanceof Unavailable
      ? new BadContent(isUtf8(bytes) ? noJson(bytes.toString()) : error.message)
      : error
  }
  if (typeof entries === 'object' && entries !== null && !Array.isArray(entries)) {
    return entries as Record<string, unknown>
  }
  throw new BadContent('file holds no JSON object')
}
