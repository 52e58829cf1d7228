// Peer: a stock socket.io server on Node that relays every message of a room to the room. No authentication, no storage.
import { createServer } from 'node:http'
import { Server } from 'socket.io'

const http = createServer()
const io = new Server(http, { serveClient: false })
io.on('connection', socket => {
  socket.join('room')
  socket.on('message', payload => io.to('room').emit('new_message', payload))
})
http.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${http.address().port}`))
