import { dirname } from 'node:path'
import { systemReason, type Log } from '../../base/index.js'
import type { LatencyEvent } from '../../observe/index.js'
import type { Descriptor, Files } from '../files.js'
import { KeysDeleted } from '../image/sink.js'
import { ImageFile } from '../image-file.js'
import type { Images, RunningImage } from '../images.js'
import type { AppendOnlySettings, AppendOnlyState } from './append-only.js'
import type { AofFolder } from './folder.js'
import type { Manifest } from './manifest.js'

export interface RewriteOutcome {
  readonly succeeded: boolean
  /** It did not fail: all keys were deleted, and it is to be begun again. */
  readonly isVoid: boolean
  /** Of the base that was made. */
  readonly bytes: number
  /** The most bytes of memory that it took beside the keyspace. */
  readonly imageBytes: number
  readonly startSeconds: number
}

export interface RewriteHost {
  readonly files: Files
  readonly log: Log
  readonly folder: AofFolder
  readonly images: Images
  readonly processId: number
  settings(): AppendOnlySettings
  nowUnixSeconds(): number
  /** What is appended from this moment on goes to another file. */
  openNext(descriptor: Descriptor): void
  took(event: LatencyEvent, ms: number): void
  ended(outcome: RewriteOutcome): void
}

/**
 * One rewrite: makes a base of what the keyspace holds at one moment, while what changes afterwards goes to a new file.
 *
 * The manifest with the new file is on the disk before the first byte goes there, and the manifest with the new base
 * after the last byte of that is: whatever happens in between, the files that are named make up the keyspace. A failure
 * leaves one more file to be loaded, and nothing else.
 */
export class Rewrite {
  readonly startSeconds: number
  readonly #host: RewriteHost
  readonly #state: AppendOnlyState
  #image: RunningImage | null = null
  #file: ImageFile | null = null
  #isOver = false
  #format: 'rdb' | 'aof' = 'rdb'

  constructor(state: AppendOnlyState, host: RewriteHost) {
    this.#host = host
    this.#state = state
    this.startSeconds = host.nowUnixSeconds()
  }

  /** Begins it. @throws the system's error: a file cannot be opened, and the log says so */
  start(): void {
    const { folder, log, files } = this.#host
    if (this.#state === 'off') return this.#begin(null)
    if (this.#state === 'waiting') {
      const name = this.#temporaryIncrement
      const descriptor = folder.openToAppend(name, true)
      log.notice(`Creating AOF incr file ${name} on background rewrite`)
      return this.#begin(descriptor)
    }
    const manifest = folder.manifest.withIncrement(folder.filename)
    const { name } = manifest.last!
    const descriptor = folder.openToAppend(name, true)
    folder.writeManifestLater(manifest, (error) => {
      if (error !== null) {
        files.closeLater(descriptor, () => {})
        return this.#fail()
      }
      log.notice(`Creating AOF incr file ${name} on background rewrite`)
      // it is named now: what follows goes there, whatever becomes of the rewrite
      if (this.#isOver) this.#host.openNext(descriptor)
      else this.#begin(descriptor)
    })
  }

  /** Whether it ended, in one way or the other. */
  get isOver(): boolean {
    return this.#isOver
  }

  get progress(): { readonly keysDone: number; readonly keysTotal: number } | null {
    return this.#image
  }

  /** Gives it up. What it wrote is deleted. */
  cancel(): void {
    if (this.#isOver) return
    this.#isOver = true
    const { files, folder } = this.#host
    this.#image?.cancel()
    this.#file?.failed(new Error('the rewrite was given up'))
    if (this.#state === 'waiting') files.removeLater(folder.pathOf(this.#temporaryIncrement), () => {})
  }

  get #temporaryBase(): string {
    return this.#host.folder.pathBeside(`temp-rewriteaof-bg-${this.#host.processId}.aof`)
  }

  get #temporaryIncrement(): string {
    return `temp-${this.#host.folder.filename}.incr`
  }

  /** The moment that the base is of. */
  #begin(descriptor: Descriptor | null): void {
    const { files, images, log, openNext, settings, processId } = this.#host
    const { usesPreamble, syncsOnTheWay } = settings()
    this.#format = usesPreamble ? 'rdb' : 'aof'
    if (descriptor !== null) openNext(descriptor)
    try {
      this.#file = new ImageFile({
        files,
        path: this.#temporaryBase,
        syncsOnTheWay,
        resume: () => this.#image?.resume(),
        done: (error, bytes) => {
          if (this.#isOver) return
          if (error === null) this.#publish(bytes)
          else this.#failWriting(error)
        },
      })
      this.#image = images.begin(usesPreamble ? 'preamble' : 'commands', this.#file)
    } catch (error) {
      log.warning(`Opening the temp file for AOF rewrite in rewriteAppendOnlyFile(): ${systemReason(error)}`)
      return this.#fail()
    }
    log.notice(`Background append only file rewriting started by pid ${processId}`)
  }

  #failWriting(error: Error): void {
    if (error instanceof KeysDeleted) return this.#fail(true)
    this.#host.log.warning(`Write error writing append only file on disk: ${systemReason(error)}`)
    this.#image?.cancel()
    this.#fail()
  }

  /** The base is written: it takes the place of what stood before the moment that it is of. */
  #publish(bytes: number): void {
    const { files, folder, log } = this.#host
    log.notice('Background AOF rewrite terminated with success')
    const { increments } = folder.manifest
    const replaced = this.#state === 'on' ? increments.length - 1 : increments.length
    let manifest = folder.manifest.withBase(folder.filename, this.#format, replaced)
    const base = manifest.base!.name
    try {
      this.#rename(this.#temporaryBase, folder.pathOf(base), 'base', base)
      if (this.#state === 'waiting') {
        manifest = manifest.withIncrement(folder.filename)
        const { name } = manifest.last!
        this.#rename(folder.pathOf(this.#temporaryIncrement), folder.pathOf(name), 'incr', name)
      }
    } catch {
      files.removeLater(folder.pathOf(base), () => {})
      this.#fail()
      return
    }
    folder.writeManifestLater(manifest, (error) => this.#published(error, manifest, bytes))
  }

  #published(error: Error | null, manifest: Manifest, bytes: number): void {
    const { files, folder, log, ended } = this.#host
    if (error !== null) {
      files.removeLater(folder.pathOf(manifest.base!.name), () => {})
      if (this.#state === 'waiting') files.removeLater(folder.pathOf(manifest.last!.name), () => {})
      this.#fail()
      return
    }
    if (this.#isOver) return
    this.#isOver = true
    log.notice('Background AOF rewrite finished successfully')
    ended({ succeeded: true, isVoid: false, bytes, ...this.#figures })
  }

  /** @throws the system's error, which the log has too */
  #rename(from: string, to: string, part: string, name: string): void {
    const { files, log } = this.#host
    const shown = from.slice(dirname(from).length + 1)
    try {
      files.rename(from, to)
    } catch (error) {
      log.warning(`Error trying to rename the temporary AOF ${part} file ${shown} into ${name}: ${systemReason(error)}`)
      throw error
    }
    log.notice(`Successfully renamed the temporary AOF ${part} file ${shown} into ${name}`)
  }

  get #figures(): Pick<RewriteOutcome, 'imageBytes' | 'startSeconds'> {
    return { imageBytes: this.#image?.bytesBesideMost ?? 0, startSeconds: this.startSeconds }
  }

  /** @param isVoid all keys were deleted: it is to be begun again */
  #fail(isVoid = false): void {
    if (this.#isOver) return
    this.cancel()
    this.#host.log.warning(`Background AOF rewrite terminated ${isVoid ? 'since all keys were deleted' : 'with error'}`)
    this.#host.ended({ succeeded: false, isVoid, bytes: 0, ...this.#figures })
  }
}
