// A Redis inside your program, its keys read through from a dictionary: `npm run build && node examples/embedded.mjs`
import { createServer, dictionaryStore } from 'truedis'

const prices = { 'price:tea': '3.20', 'price:coffee': '2.80' }

const server = await createServer({
  port: 0, // a free one; any Redis client can connect to server.port
  origins: [{ name: 'prices', pattern: 'price:*', store: dictionaryStore(prices), validate: 'always' }],
})

console.log('coffee costs', await server.call('GET', 'price:coffee'))
prices['price:coffee'] = '3.10'
console.log('now it costs', await server.call('GET', 'price:coffee'))
console.log('nobody sells', await server.call('GET', 'price:cocoa'))

await server.close()
