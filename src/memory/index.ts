export * from './arena.js'
export * from './records.js'
export * from './table.js'
