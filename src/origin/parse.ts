import { globElements, Slice } from '../base/index.js'
import { readOptions, splitOptions } from './options.js'
import type { WritePolicy } from './options.js'
import { RouteError } from './route-error.js'
import { Route } from './route.js'
import { Secrets } from './secrets.js'
import type { SecretSources } from './secrets.js'
import { Schema } from './schema.js'
import { ObjectStore } from './stores/object.js'
import type { UserStore } from './stores/object.js'
import { checkOptions, openStore } from './stores/open.js'
import type { OpenedStore, StoreContext } from './stores/opening.js'
import { Template } from './template.js'

export interface RouteContext extends StoreContext, SecretSources {}

/** A duration as the directive writes it: `'5s'`; a number is seconds. */
export type Duration = string | number

interface CommonOptions {
  readonly name: string
  /** A Redis glob. */
  readonly pattern: string
  readonly as?: 'string' | 'hash'
  /** Default `'always'`. */
  readonly validate?: 'strict' | 'always' | 'push' | `push ${string}` | 'never' | Duration
  readonly staleWhileRevalidate?: Duration
  /** Default 10 minutes; 0 under `strict`. */
  readonly staleIfError?: Duration
  readonly refreshAhead?: boolean
  /** Default: as `validate`. */
  readonly negativeTtl?: Duration
  readonly ttl?: Duration
  readonly write?: WritePolicy
  readonly softTimeout?: Duration
  readonly hardTimeout?: Duration
  readonly maxInFlight?: number
  readonly queueMax?: number
  readonly pendingMax?: number
  /** Failures in a row, and for how long nothing is asked then: `[5, '1s']`. */
  readonly breaker?: readonly [failures: number, pause: Duration]
  /** Bytes, or `'64mb'`. */
  readonly valueBytesMax?: number | string
  readonly db?: number | 'all'
  /** Whether snapshots hold its copies. Default: yes. */
  readonly persist?: boolean
  /** Path of a JSON Schema. */
  readonly schema?: string
  /** Path of a resource of an HTTP origin that answers many asks at once. */
  readonly batch?: string
  /** Where an HTTP origin tells of changes, and the path there that is asked for proofs: `['7001/users', '/proof']`. */
  readonly webhook?: readonly [place: string, proof: string]
  readonly webhookSecret?: string
  readonly header?: string | readonly string[] | Readonly<Record<string, string>>
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
}

/** An origin as applications write it: the directive's words in camelCase, and instead of `url` maybe a `store`. */
export type OriginOptions =
  | (CommonOptions & { readonly url: string; readonly store?: undefined })
  | (CommonOptions & { readonly store: UserStore; readonly url?: undefined })

/**
 * Reads one `origin` directive: name, pattern, URL, then options with their values. Nothing is asked of the origin.
 *
 * @throws {RouteError} one line that names the origin and says what to write instead
 */
export function parseRoute(tokens: readonly string[], context: RouteContext): Route {
  const [name, pattern, url, ...rest] = tokens
  if (url === undefined)
    throw new RouteError('an origin is written as: origin <name> <pattern> <url> [<option> <value>]...')
  return named(name, context, (secrets) => {
    const given = splitOptions(rest)
    const options = readOptions(given, secrets.expand)
    return build({ name, pattern, options, secrets, written: tokens }, context, () => {
      const expanded = secrets.expand(url, 'url')
      checkOptions(expanded, given)
      return openStore(expanded, options, { ...context, pattern: Slice.from(pattern) })
    })
  })
}

/** As `parseRoute`, for what an application gives. */
export function routeFromOptions(given: OriginOptions, context: RouteContext): Route {
  if (typeof (given as unknown) !== 'object' || (given as unknown) === null) {
    throw new RouteError('an origin is an object: { name, pattern, url }, or { name, pattern, store }')
  }
  const name = String(given.name)
  return named(name, context, (secrets) => {
    const tokens = [name, String(given.pattern)]
    const { store, url } = given
    if ((store === undefined) === (url === undefined)) throw new RouteError("it has either a 'url' or a 'store'")
    const rest = optionTokens(given)
    if (store === undefined) return parseRoute([...tokens, String(url), ...rest], context)
    if (typeof (store as UserStore | null)?.fetch !== 'function')
      throw new RouteError("its 'store' has no fetch(key, { signal })")
    const optionsGiven = splitOptions(rest)
    checkOptions(null, optionsGiven)
    const options = readOptions(optionsGiven, secrets.expand)
    const written = [...tokens, 'object', ...rest]
    return build({ name, pattern: tokens[1], options, secrets, written }, context, () => ({
      store: new ObjectStore(store, options),
      template: new Template('{key}', 'text'),
    }))
  })
}

/** Names the origin in what is thrown, and no secret. @throws {RouteError} the name is none, too */
function named(name: string, context: RouteContext, make: (secrets: Secrets) => Route): Route {
  const secrets = new Secrets(context)
  try {
    if (!/^[A-Za-z0-9_.-]{1,64}$/.test(name)) {
      throw new RouteError('a name is 1 to 64 letters, digits, dots, dashes and underscores')
    }
    return make(secrets)
  } catch (error) {
    if (!(error instanceof RouteError) || error.message.startsWith("origin '")) throw error
    throw new RouteError(`origin '${name}': ${secrets.conceal(error.message)}`)
  }
}

interface Directive {
  readonly name: string
  readonly pattern: string
  readonly options: Route['options']
  readonly secrets: Secrets
  readonly written: readonly string[]
}

function build(
  { name, pattern, options, secrets, written }: Directive,
  context: RouteContext,
  open: () => OpenedStore,
): Route {
  if (pattern === '') throw new RouteError('the pattern is empty')
  if (/\[[^\]]*$/.test(pattern.replace(/\\./gs, ''))) {
    throw new RouteError(`pattern '${pattern}' has a [ without its ]; the character itself is \\[`)
  }
  const { store, template } = open()
  const stars = globElements(Slice.from(pattern)).filter((element) => element === null).length
  if (template.highest < 0) throw new RouteError('its URL needs {key}, or {1} for what the first * matched')
  if (template.highest > stars) {
    throw new RouteError(`its URL asks for {${template.highest}}, but pattern '${pattern}' has ${stars} *`)
  }
  if (options.validation.mode === 'push' && store.watch === undefined) {
    const orTold = /^https?:/i.test(written[2]) ? ', or give it a webhook' : ''
    throw new RouteError(`its origin cannot tell of changes; validate always, or a duration such as 5s${orTold}`)
  }
  if ((options.write === 'through' || options.write === 'behind') && store.write === undefined) {
    throw new RouteError("its origin cannot be written to; give it 'write reject' or 'local'")
  }
  const { schema: file } = options
  const schema = file === null ? null : new Schema(secrets.conceal(file), options.as, () => context.readFile(file))
  return new Route({ name, pattern: Buffer.from(pattern), options, schema, store, template, written })
}

const notOptions = new Set(['name', 'pattern', 'url', 'store'])

function optionTokens(given: OriginOptions): string[] {
  const tokens: string[] = []
  for (const [property, value] of Object.entries(given)) {
    if (notOptions.has(property) || value === undefined) continue
    const name = property.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
    if (name === 'header') for (const line of headerLines(value)) tokens.push(name, line)
    else if (Array.isArray(value)) tokens.push(name, ...value.map(String))
    else if (name === 'validate') tokens.push(name, ...String(value).split(' '))
    else if (typeof value === 'boolean') tokens.push(name, value ? 'yes' : 'no')
    else tokens.push(name, String(value))
  }
  return tokens
}

function headerLines(value: NonNullable<CommonOptions['header']>): readonly string[] {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return value
  return Object.entries(value).map(([name, text]) => `${name}: ${text}`)
}
