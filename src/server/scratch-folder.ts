import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A temporary folder for what a server that keeps no files has to put on a disk nevertheless. Made when it is first asked for. */
export class ScratchFolder {
  #path: string | null = null

  /** Absolute path. @throws {Error} the system's */
  get path(): string {
    return (this.#path ??= mkdtempSync(join(tmpdir(), 'truedis-')))
  }

  remove(): void {
    if (this.#path !== null) rmSync(this.#path, { recursive: true, force: true })
    this.#path = null
  }
}
