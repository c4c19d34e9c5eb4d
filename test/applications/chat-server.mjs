// One process of a chat: node chat-server.mjs <port of the Redis>. Prints the port it listens on.
import { createServer } from 'node:http'
import { createAdapter } from '@socket.io/redis-adapter'
import { Redis } from 'ioredis'
import { Server } from 'socket.io'

const publisher = new Redis({ host: '127.0.0.1', port: Number(process.argv[2]) })
const http = createServer()
const chat = new Server(http, { adapter: createAdapter(publisher, publisher.duplicate()) })

chat.on('connection', (socket) => {
  socket.on('join', (room, name, done) => {
    socket.data.name = name
    socket.join(room)
    socket.to(room).emit('joined', name)
    done()
  })
  socket.on('say', (room, text) => chat.to(room).emit('said', socket.data.name, text))
  socket.on('who', async (room, done) => {
    const members = await chat.in(room).fetchSockets()
    done(members.map(({ data }) => data.name).sort())
  })
  socket.on('poll', async (room, question, done) => {
    done(await chat.in(room).timeout(10_000).emitWithAck('asked', question))
  })
  socket.on('close', (room, done) => {
    chat.in(room).disconnectSockets()
    done()
  })
  socket.on('disconnecting', () => {
    for (const room of socket.rooms) socket.to(room).emit('left', socket.data.name)
  })
})

http.listen(0, '127.0.0.1', () => console.log(http.address().port))
