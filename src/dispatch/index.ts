export * from './command-table.js'
export * from './dispatcher.js'
