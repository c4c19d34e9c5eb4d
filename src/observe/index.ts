export * from './slow-log.js'
export * from './statistics.js'
