import { RouteError } from './route-error.js'

/** Fills the secrets into what was written for the option `name`. */
export type Expand = (value: string, name: string) => string

/** Where secrets come from: given by who builds the engine, so that a test needs no process environment. */
export interface SecretSources {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** The text of a file, by a path as it was written. Throws where it cannot be read. */
  readFile(path: string): string
}

const variable = /\$\{([^}]*)\}/g

/**
 * Fills in `${NAME}` from the environment, and for `@path` the text of that file without its last line end; of a
 * header line, `Name: @path`.
 *
 * @throws {RouteError} the variable is not set, or the file cannot be read
 */
export function expander(sources: SecretSources): Expand {
  return (value, name) => {
    const filled = value.replace(variable, (_, wanted: string) => {
      const found = sources.environment[wanted]
      if (found === undefined) throw new RouteError(`the environment has no '${wanted}', which ${name} needs`)
      return found
    })
    const file = secretFile(value, name)
    if (file === null) return filled
    return value.slice(0, value.length - file.length - 1) + readSecret(sources, file)
  }
}

function readSecret(sources: SecretSources, path: string): string {
  try {
    return sources.readFile(path).replace(/\r?\n$/, '')
  } catch (error) {
    throw new RouteError(`the secret file '${path}' cannot be read (${codeOf(error)})`)
  }
}

/** The path in `@path`, or in the `Name: @path` of a header; null without one. */
function secretFile(value: string, name: string): string | null {
  const parts = name === 'header' ? /^[^:]*:[ \t]*@(.+)$/.exec(value) : /^@(.+)$/.exec(value)
  return parts === null ? null : parts[1]
}

/** Who asks, in URLs of a scheme. A secret key of S3 holds slashes; in a redis: URL the last @ ends the password. */
const users: readonly (readonly [scheme: RegExp, user: RegExp])[] = [
  [/^s3:/i, /^(s3:\/\/)[^:@/?#]+:[^@?#]*@/i],
  [/^rediss?(?:\+cluster)?:/i, /^([a-z+]+:\/\/).*@/is],
  [/^/, /^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i],
]

/** What may be shown of a value as it was written: header values, variables, secret files and passwords are `***`. */
export function masked(value: string, name: string): string {
  if (name === 'header') return value.replace(/:.*$/s, ': ***')
  if (value.startsWith('@') || name === 'webhook-secret') return '***'
  const shown = value.replace(variable, '***')
  if (name !== 'url') return shown
  return shown.replace(users.find(([scheme]) => scheme.test(shown))![1], '$1***@')
}

const className = /^[A-Za-z_$][\w$]{0,39}$/

/**
 * A system error's code, such as ENOENT, or of an application's the name of its class, such as TypeError: never its message,
 * which may hold paths or more.
 */
export function codeOf(error: unknown): string {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown }
  if (typeof code === 'string') return code
  return typeof name === 'string' && name !== 'Error' && className.test(name) ? name : 'failed'
}
