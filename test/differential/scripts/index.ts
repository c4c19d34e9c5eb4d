import { bitmapScripts } from './bitmap.js'
import { connectionScripts } from './connection.js'
import { diagnosticScripts } from './diagnostics.js'
import { expiryScripts } from './expiry.js'
import { genericScripts } from './generic.js'
import { geoScripts } from './geo.js'
import { hashScripts } from './hash.js'
import { hyperloglogScripts } from './hyperloglog.js'
import { listScripts } from './list.js'
import { numberScripts } from './number.js'
import type { Scripts } from './script.js'
import { serverScripts } from './server.js'
import { setScripts } from './set.js'
import { sortScripts } from './sort.js'
import { groupScripts, streamScripts } from './stream.js'
import { sortedSetScripts } from './sorted-set.js'
import { stringScripts } from './string.js'
import { transactionScripts } from './transactions.js'

/** Every script, by the group of its commands. */
export const scripts: Readonly<Record<string, Scripts>> = {
  string: stringScripts,
  'strings as numbers': numberScripts,
  bitmap: bitmapScripts,
  hyperloglog: hyperloglogScripts,
  hash: hashScripts,
  list: listScripts,
  set: setScripts,
  sort: sortScripts,
  stream: streamScripts,
  'consumer groups': groupScripts,
  'sorted set': sortedSetScripts,
  geo: geoScripts,
  generic: genericScripts,
  expiry: expiryScripts,
  connection: connectionScripts,
  server: serverScripts,
  diagnostics: diagnosticScripts,
  transactions: transactionScripts,
}
