export * from './events.js'
export * from './hub.js'
export * from './message.js'
export * from './notifications.js'
