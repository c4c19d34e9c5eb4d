import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const made = new Set<string>()
process.on('exit', () => {
  for (const path of made) rmSync(path, { recursive: true, force: true })
})

/** A directory for a server's files, that does not outlive this process. */
export function scratchDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), 'truedis-bench-'))
  made.add(path)
  return path
}

/** Deletes one before the process ends: files of millions of keys take their room. */
export function removeScratch(path: string): void {
  rmSync(path, { recursive: true, force: true })
  made.delete(path)
}
