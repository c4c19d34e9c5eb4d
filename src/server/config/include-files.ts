import { readdirSync, statSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { matchGlob, Slice } from '../../base/index.js'

/** Whether an `include` names many files. */
export const isPattern = (path: string): boolean => /[*?[]/.test(path)

/**
 * The files that a pattern names, relative to `directory`, in the order of their names.
 *
 * Wildcards may stand in any part of the path; as in a shell they do not match a leading dot. No match is no file.
 *
 * @see glob(3)
 */
export function filesMatching(pattern: string, directory: string): string[] {
  let found = [isAbsolute(pattern) ? '/' : '']
  for (const part of pattern.split('/').filter((name) => name !== '')) {
    found = found.flatMap((parent) => entriesMatching(parent, part, directory))
  }
  return found
}

function entriesMatching(parent: string, part: string, directory: string): string[] {
  if (!isPattern(part)) {
    const path = join(parent, part)
    return exists(isAbsolute(path) ? path : join(directory, path)) ? [path] : []
  }
  const glob = Slice.from(part.replaceAll('[!', '[^'))
  return namesIn(isAbsolute(parent) ? parent : join(directory, parent))
    .filter((name) => (part.startsWith('.') || !name.startsWith('.')) && matchGlob(glob, Slice.from(name)))
    .sort()
    .map((name) => join(parent, name))
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined
}

/** What cannot be read matches nothing, as for a shell. */
function namesIn(path: string): string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}
