// An origin of your own, as a module that the server loads:
//
//   npm start -- --origin host "host:*" "module:./examples/host-facts.mjs#{1}" as hash
//   redis-cli hgetall host:memory
//
// `fetch` gets what the URL's {1} or {key} names, and gives a string, a Buffer, an object (its fields, under `as hash`),
// or null where there is nothing of that name. What it throws means that the origin is down.
import os from 'node:os'

const facts = {
  system: () => ({ hostname: os.hostname(), platform: os.platform(), release: os.release() }),
  memory: () => ({ total: os.totalmem(), free: os.freemem() }),
}

export default {
  async fetch(name, { signal }) {
    signal.throwIfAborted() // a module that asks elsewhere passes it on, to `fetch(url, { signal })` say
    return Object.hasOwn(facts, name) ? facts[name]() : null
  },
  // async fetchDigest(name, { signal }): SHA-256 of the value, where that is cheaper than the value
  // async close(): frees what the module holds
}
