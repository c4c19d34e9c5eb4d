export * from './config/index.js'
export * from './create-server.js'
export * from './server.js'
