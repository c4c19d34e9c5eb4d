import { errorReply, type ReplyError, type Slice } from '../base/index.js'
import type { OriginEngine } from './engine.js'
import type { Route } from './route.js'

/** The route that a client names. @throws {ReplyError} there is none */
export function routeNamed(engine: OriginEngine, name: Slice): Route {
  const route = engine.resolver.routes.named(name.toUtf8())
  if (route === null) throw noSuchOrigin(name.toUtf8())
  return route
}

const noSuchOrigin = (name: string): ReplyError =>
  errorReply(`no such origin '${name.replace(/[^\x20-\x7e]/g, '?').slice(0, 64)}'; ORIGIN LIST names them`)
