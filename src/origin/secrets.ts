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

/** What is shorter is no secret, and likely to stand in an error by chance. */
const concealedMin = 4

/** The secrets of one directive: filled in where they are needed, and taken out again of what is shown. */
export class Secrets {
  readonly #sources: SecretSources
  /** Of each text that was filled in, what had been written. */
  readonly #written = new Map<string, string>()

  constructor(sources: SecretSources) {
    this.#sources = sources
  }

  /**
   * Fills in `${NAME}` from the environment, and for `@path` the text of that file without its last line end; of a
   * header line, `Name: @path`.
   *
   * @throws {RouteError} the variable is not set, or the file cannot be read
   */
  readonly expand: Expand = (value, name) => {
    const file = secretFile(value, name)
    if (file === null) return this.#fill(value, name)
    return value.slice(0, value.length - file.length - 1) + this.#read(file, name)
  }

  /** A text that may quote what was filled in, as it may be shown. */
  readonly conceal = (text: string): string => {
    let shown = text
    const longestFirst = [...this.#written].sort(([one], [other]) => other.length - one.length)
    for (const [secret, written] of longestFirst) shown = shown.replaceAll(secret, () => written)
    return shown
  }

  #fill(value: string, name: string): string {
    return value.replace(variable, (written, wanted: string) => {
      const found = this.#sources.environment[wanted]
      if (found === undefined) throw new RouteError(`the environment has no '${wanted}', which ${name} needs`)
      return this.#note(found, written)
    })
  }

  #read(path: string, name: string): string {
    const place = this.#fill(path, name)
    try {
      return this.#note(this.#sources.readFile(place).replace(/\r?\n$/, ''), `@${path}`)
    } catch (error) {
      throw new RouteError(`the secret file '${path}' cannot be read (${codeOf(error)})`)
    }
  }

  #note(secret: string, written: string): string {
    if (secret.length >= concealedMin) this.#written.set(secret, written)
    return secret
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

/** Whether a system error's code says that no connection was made, so that nothing was sent. */
export const isUnreached = (code: string): boolean =>
  /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|UND_ERR_CONNECT_TIMEOUT)$/.test(code)

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
