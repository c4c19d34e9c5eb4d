export * from './rdb/format.js'
export * from './rdb/lzf.js'
