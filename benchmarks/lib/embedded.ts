import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

/** What the benchmarks use of an embedded server. The build is measured, not the sources: it is what ships. */
export interface EmbeddedServer {
  readonly port: number
  call(...args: readonly (string | number)[]): Promise<unknown>
  close(): Promise<void>
}

export interface EmbeddedModule {
  createServer(options: Readonly<Record<string, unknown>>): Promise<EmbeddedServer>
}

/** A module of the build, by its path below dist/src. */
export async function importBuilt<Module>(path: string): Promise<Module> {
  return (await import(builtUrl(path))) as Module
}

export function builtUrl(path: string): string {
  const file = resolve('dist/src', path)
  if (!existsSync(file)) throw new Error(`${file} is missing: npm run build makes it`)
  return pathToFileURL(file).href
}
