import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { CancelSignal } from '../cancellation.js'
import type { ValueKind } from '../options.js'
import { RouteError } from '../route-error.js'
import { codeOf } from '../secrets.js'
import { Unavailable } from '../store.js'
import type { Answer, Ask, ChangeListener, NamePage, OriginStore, StoreFacts, Watch, Write, Written } from '../store.js'
import { Template } from '../template.js'
import { ObjectStore } from './object.js'
import type { UserStore } from './object.js'
import { readLocalUrl } from './opening.js'
import type { OpenStore } from './opening.js'

/** What a module's default export is. */
export interface ModuleStoreExport extends UserStore {
  /** Frees what the module holds; called once, when the origin goes. */
  close?(): Promise<void> | void
}

interface Loaded {
  readonly user: ModuleStoreExport
  readonly store: ObjectStore
}

/** `module:` — a JavaScript module in this process, loaded by its first request, adapted as an object in it is. */
export class ModuleStore implements OriginStore {
  readonly batchMax = 1
  readonly facts: StoreFacts
  readonly #path: string
  readonly #options: { readonly as: ValueKind; readonly valueBytesMax: number }
  #loading: Promise<Loaded> | null = null

  constructor(path: string, options: { readonly as: ValueKind; readonly valueBytesMax: number }) {
    this.facts = { path }
    this.#path = path
    this.#options = options
  }

  async fetchMany(asks: readonly Ask[], signal: CancelSignal): Promise<readonly Answer[]> {
    return (await this.#loaded()).store.fetchMany(asks, signal)
  }

  async watch(listener: ChangeListener): Promise<Watch> {
    const { watch } = (await this.#loaded()).store
    if (watch === undefined) throw new Unavailable('its module has no subscribe')
    return watch(listener)
  }

  async close(): Promise<void> {
    const loaded = await this.#loading?.catch(() => null)
    await loaded?.user.close?.()
  }

  async write(write: Write, signal: CancelSignal): Promise<Written> {
    const { store } = await this.#loaded()
    if (store.write === undefined) return { kind: 'refused', reason: 'cannot be written: its module has no put' }
    return store.write(write, signal)
  }

  async list(prefix: string, cursor: NamePage['next'], signal: CancelSignal): Promise<NamePage> {
    const { list } = (await this.#loaded()).store
    if (list === undefined) throw new Unavailable('its module has no list', { counts: false })
    return list(prefix, cursor, signal)
  }

  async #loaded(): Promise<Loaded> {
    this.#loading ??= this.#load()
    try {
      return await this.#loading
    } catch (error) {
      this.#loading = null // what it lacked may be there by the next request
      throw error
    }
  }

  async #load(): Promise<Loaded> {
    let user: unknown
    try {
      user = ((await import(pathToFileURL(this.#path).href)) as { default?: unknown }).default
    } catch (error) {
      throw notLoaded(`module cannot be loaded: ${reasonOf(error)}`)
    }
    if (typeof (user as Partial<ModuleStoreExport> | null | undefined)?.fetch !== 'function') {
      throw notLoaded('module has no default export with fetch(key, { signal })')
    }
    return { user: user as ModuleStoreExport, store: new ObjectStore(user as ModuleStoreExport, this.#options) }
  }
}

/** No outage that a breaker would help against. */
const notLoaded = (reason: string): Unavailable => new Unavailable(reason, { counts: false })

/** A code, or the kind of error, such as SyntaxError: its message is the module's own, and may hold anything. */
function reasonOf(error: unknown): string {
  const code = codeOf(error)
  return code === 'failed' && error instanceof Error && /^[A-Z]\w{0,40}$/.test(error.name) ? error.name : code
}

/** `module:./origin.js`; `#{1}` gives it less than the whole key. Only who writes the configuration may name one. */
export const openModule: OpenStore = (url, options, context) => {
  if (!context.mayLoadCode) {
    throw new RouteError('module: origins run code in the server, so only its configuration may name one')
  }
  const { path, fragment } = readLocalUrl(url, { example: 'module:./origin.js' })
  try {
    context.readFile(path)
  } catch (error) {
    throw new RouteError(`its module '${resolve(context.baseDirectory, path)}' cannot be read (${codeOf(error)})`)
  }
  return {
    store: new ModuleStore(resolve(context.baseDirectory, path), options),
    template: new Template(fragment ?? '{key}', 'text'),
  }
}
