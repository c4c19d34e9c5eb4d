export * from './command-table.js'
export * from './dispatcher.js'
export type { RequestsAhead } from './settler.js'
export * from './transactions.js'
