export * from './copies.js'
export * from './database.js'
export * from './expiry.js'
export * from './keyspace.js'
