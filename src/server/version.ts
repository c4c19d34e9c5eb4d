import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The Redis whose behaviour is kept, as INFO and HELLO say it. */
export const redisVersion = '7.0.15'

/** Truedis's own version, from package.json, which lies above this file both before and after the build. */
export const truedisVersion: string = packageVersion(dirname(fileURLToPath(import.meta.url)))

function packageVersion(directory: string): string {
  const path = join(directory, 'package.json')
  if (!existsSync(path)) return packageVersion(dirname(directory))
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version
}
