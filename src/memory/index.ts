export * from './arena.js'
export * from './members.js'
export * from './records.js'
export * from './table.js'
