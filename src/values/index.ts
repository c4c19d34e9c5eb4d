export * from './hash.js'
export * from './table-remains.js'
export * from './types.js'
export * from './views.js'
