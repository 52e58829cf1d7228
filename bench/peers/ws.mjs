// Peer: a bare `ws` server on Node that relays every frame to every socket. The floor for a server on Node.
import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'

const http = createServer()
const server = new WebSocketServer({ server: http })
server.on('connection', socket => {
  socket.on('message', data => {
    const text = data.toString()
    for (const client of server.clients) client.send(text)
  })
})
http.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${http.address().port}`))
