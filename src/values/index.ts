export * from './hash.js'
export * from './types.js'
