import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { RouteError } from '../route-error.js'

/** Where a package is found: beside Truedis, or in `baseDirectory`; null where it is not installed. */
export function resolvePackage(name: string, baseDirectory: string): string | null {
  return resolved(name, import.meta.url) ?? resolved(name, join(baseDirectory, 'package.json'))
}

function resolved(name: string, from: string): string | null {
  try {
    return pathToFileURL(createRequire(from).resolve(name)).href
  } catch {
    return null
  }
}

/**
 * A function that loads an optional package when an origin first needs it.
 *
 * @throws {RouteError} it is not installed: told when the origin is opened, with the command that helps
 */
export function loadDriver<T>(scheme: string, name: string, baseDirectory: string): () => Promise<T> {
  const url = resolvePackage(name, baseDirectory)
  if (url === null) throw new RouteError(`${scheme}: origins need a driver: npm install ${name}`)
  let loaded: Promise<T> | null = null
  return () => (loaded ??= import(url).then((module: { default?: T }) => module.default ?? (module as T)))
}
