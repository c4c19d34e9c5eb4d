import { dirname, join } from 'node:path'
import { systemReason, type Log } from '../../base/index.js'
import { publish, publishLater, readWhole, writeWhole, type Descriptor, type Files } from '../files.js'
import { LoadError } from '../loading.js'
import { Manifest, ManifestError } from './manifest.js'

export interface FolderOptions {
  readonly files: Files
  readonly log: Log
  /** `dir`: where relative paths begin. */
  directory(): string
  /** `appenddirname` and `appendfilename`. */
  readonly folderName: string
  readonly filename: string
}

/**
 * The folder of an append-only file: its manifest, and the files that this names.
 *
 * A manifest replaces the one before it by a rename, after the disk has it: whoever starts finds the old set of files or
 * the new one.
 */
export class AofFolder {
  readonly #options: FolderOptions
  /** As manifests name files: each code unit is a byte. */
  readonly filename: string
  /** The manifest that the disk has. */
  manifest = new Manifest()
  /** Whether another thread is at a manifest. */
  isBusy = false

  constructor(options: FolderOptions) {
    this.#options = options
    this.filename = Buffer.from(options.filename).latin1Slice()
  }

  get path(): string {
    return join(this.#options.directory(), this.#options.folderName)
  }

  pathOf(name: string): string {
    return join(this.path, Buffer.from(name, 'latin1').toString())
  }

  /** A file beside the folder, where old versions keep theirs, and where a rewrite writes until it is done. */
  pathBeside(name: string): string {
    return join(this.#options.directory(), Buffer.from(name, 'latin1').toString())
  }

  /** Reads the manifest. Without a folder or a manifest there is an empty one. @throws {LoadError} */
  readManifest(): void {
    const { files, log } = this.#options
    const path = this.pathOf(this.#manifestName)
    this.manifest = new Manifest()
    if (files.look(this.path)?.isDirectory !== true || files.look(path) === null) return
    try {
      this.manifest = Manifest.parse(readWhole(files, path))
    } catch (error) {
      if (!(error instanceof ManifestError)) {
        const problem = `Fatal error: can't open the AOF manifest file ${path} for reading: ${systemReason(error)}`
        log.warning(problem)
        throw new LoadError(problem)
      }
      log.warning('*** FATAL AOF MANIFEST FILE ERROR ***')
      if (error.text !== '') {
        log.warning(`Reading the manifest file, at line ${error.line}`)
        log.warning(`>>> '${error.text}'`)
      }
      log.warning(error.message)
      throw new LoadError(`${path}:${error.line}: ${error.message}`)
    }
  }

  /** Makes a manifest the one that counts. @throws the system's error, which the log has too: the old one counts */
  writeManifest(manifest: Manifest): void {
    const { files } = this.#options
    const temporary = this.pathOf(`temp-${this.#manifestName}`)
    this.#writing(() => {
      const file = files.open(temporary, 'w')
      try {
        writeWhole(files, file, Buffer.from(manifest.toString(), 'latin1'))
        files.sync(file)
      } finally {
        files.close(file)
      }
      publish(files, temporary, this.pathOf(this.#manifestName))
    })
    this.manifest = manifest
  }

  /**
   * The same, where another thread waits for the disk. Two of them must not be under way.
   *
   * @param done told the system's error, which the log has too, where there was one
   */
  writeManifestLater(manifest: Manifest, done: (error: Error | null) => void): void {
    const { files } = this.#options
    const temporary = this.pathOf(`temp-${this.#manifestName}`)
    this.isBusy = true
    const end = (error: Error | null): void => {
      this.isBusy = false
      if (error === null) this.manifest = manifest
      else this.#sayNotWritten(error)
      done(error)
    }
    try {
      const file = files.open(temporary, 'w')
      writeWhole(files, file, Buffer.from(manifest.toString(), 'latin1'))
      files.syncLater(file, (problem) => {
        files.closeLater(file, (error) => {
          if (problem !== null || error !== null) end(problem ?? error)
          else publishLater(files, temporary, this.pathOf(this.#manifestName), end)
        })
      })
    } catch (error) {
      end(error as Error)
    }
  }

  #writing(write: () => void): void {
    try {
      write()
    } catch (error) {
      this.#sayNotWritten(error)
      throw error
    }
  }

  #sayNotWritten(error: unknown): void {
    this.#options.log.warning(
      `Error trying to write the AOF manifest file ${this.#manifestName}: ${systemReason(error)}`,
    )
  }

  /** Makes the folder where there is none. @throws the system's error, which the log has too */
  make(): void {
    const { files, log, folderName } = this.#options
    try {
      files.makeDirectory(this.path)
    } catch (error) {
      log.warning(`Can't open or create append-only dir ${folderName}: ${systemReason(error)}`)
      throw error
    }
  }

  /** Opens a file to append to. @throws the system's error, which the log has too */
  openToAppend(name: string, isNew: boolean): Descriptor {
    const { files, log } = this.#options
    const path = this.pathOf(name)
    try {
      if (isNew) files.remove(path)
      return files.open(path, 'a')
    } catch (error) {
      log.warning(`Can't open the append-only file ${name}: ${systemReason(error)}`)
      throw error
    }
  }

  /** Bytes of a file; 0 and a line in the log where it is not there. */
  bytesOf(name: string): number {
    const facts = this.#options.files.look(this.pathOf(name))
    if (facts !== null) return facts.bytes
    this.#options.log.warning(`Unable to obtain the AOF file ${name} length. stat: No such file or directory`)
    return 0
  }

  has(name: string): boolean {
    return this.#options.files.look(this.pathOf(name)) !== null
  }

  /**
   * Deletes what the last rewrite made superfluous, in the background.
   *
   * @param done told when the manifest does not name it any more, or why it still does
   */
  deleteHistory(done: (error: Error | null) => void = () => {}): void {
    const { files, log } = this.#options
    const { history } = this.manifest
    if (history.length === 0 || this.isBusy) return done(null)
    for (const { name } of history) {
      log.notice(`Removing the history file ${name} in the background`)
      files.removeLater(this.pathOf(name), () => {})
    }
    // where that fails the log has it, and they are named until the next time
    this.writeManifestLater(this.manifest.withoutHistory(), done)
  }

  /**
   * Takes a single file of old, beside the folder, for the base, unless the folder has files of its own.
   *
   * @throws {LoadError}
   */
  upgrade(): void {
    const { files, log, folderName } = this.#options
    const { base, increments } = this.manifest
    const old = this.pathBeside(this.filename)
    if (files.look(old) === null) return
    const isHalfDone =
      base !== null && increments.length === 0 && base.name === this.filename && !this.has(this.filename)
    if (files.look(this.path)?.isDirectory === true && !this.manifest.isEmpty && !isHalfDone) return
    try {
      this.make()
      this.writeManifest(Manifest.ofSingleFile(this.filename))
      publish(files, old, this.pathOf(this.filename))
      files.syncDirectory(dirname(old))
    } catch (error) {
      const problem = `Error trying to move the old AOF file ${this.filename} into dir ${folderName}: ${systemReason(error)}`
      log.warning(problem)
      throw new LoadError(problem)
    }
    log.notice(`Successfully migrated an old-style AOF file (${this.filename}) into the AOF directory (${folderName}).`)
  }

  get #manifestName(): string {
    return `${this.filename}.manifest`
  }
}
