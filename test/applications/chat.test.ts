import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { io, type Socket } from 'socket.io-client'
import { startServer, subjectKind, type RunningServer } from '../support/servers.js'

/** A process of the chat. */
class ChatProcess {
  private constructor(
    readonly child: ChildProcess,
    readonly port: number,
  ) {}

  static async start(redisPort: number): Promise<ChatProcess> {
    const child = spawn(process.execPath, ['test/applications/chat-server.mjs', String(redisPort)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    process.once('exit', () => child.kill('SIGKILL'))
    const [line] = (await once(child.stdout, 'data')) as [Buffer]
    return new ChatProcess(child, Number(line.toString()))
  }

  async stop(): Promise<void> {
    const exited = once(this.child, 'exit')
    this.child.kill()
    await exited
  }
}

/** Somebody in the chat, and all that he heard. */
class Person {
  readonly heard: string[] = []
  readonly #socket: Socket
  #waiting: (() => void)[] = []

  private constructor(
    readonly name: string,
    port: number,
  ) {
    this.#socket = io(`http://127.0.0.1:${port}`, { transports: ['websocket'], reconnection: false })
    this.#socket.on('joined', (name: string) => this.#hear(`${name} joined`))
    this.#socket.on('left', (name: string) => this.#hear(`${name} left`))
    this.#socket.on('said', (name: string, text: string) => this.#hear(`${name}: ${text}`))
    this.#socket.on('disconnect', () => this.#hear('(disconnected)'))
    this.#socket.on('asked', (question: string, answer: (text: string) => void) => answer(`${name}: yes, ${question}`))
  }

  static async join(name: string, room: string, { port }: ChatProcess): Promise<Person> {
    const person = new Person(name, port)
    await person.ask('join', room, name)
    return person
  }

  ask(event: string, ...args: readonly string[]): Promise<unknown> {
    return this.#socket.emitWithAck(event, ...args)
  }

  say(room: string, text: string): void {
    this.#socket.emit('say', room, text)
  }

  leave(): void {
    this.#socket.disconnect()
  }

  /** Waits until this was heard. */
  async hears(text: string): Promise<void> {
    while (!this.heard.includes(text)) await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  #hear(text: string): void {
    this.heard.push(text)
    for (const wake of this.#waiting.splice(0)) wake()
  }
}

describe('a chat of two processes over socket.io’s Redis adapter', () => {
  let server: RunningServer
  let [north, south]: ChatProcess[] = []
  const people: Person[] = []

  const enter = async (name: string, room: string, at: ChatProcess): Promise<Person> => {
    const person = await Person.join(name, room, at)
    people.push(person)
    return person
  }

  beforeAll(async () => {
    server = await startServer(subjectKind)
    ;[north, south] = await Promise.all([ChatProcess.start(server.port), ChatProcess.start(server.port)])
  })

  afterEach(() => {
    for (const person of people.splice(0)) person.leave()
  })

  afterAll(async () => {
    await Promise.all([north?.stop(), south?.stop()])
    await server?.stop()
  })

  test('what is said in a room is heard in both processes, and in no other room', async () => {
    const ada = await enter('Ada', 'tea', north)
    const charles = await enter('Charles', 'tea', south)
    const eve = await enter('Eve', 'coffee', south)
    await ada.hears('Charles joined')
    for (let i = 1; i <= 50; i++) ada.say('tea', `line ${i}`)
    await Promise.all([ada, charles].map((person) => person.hears('Ada: line 50')))
    const lines = Array.from({ length: 50 }, (_, i) => `Ada: line ${i + 1}`)
    expect(charles.heard).toEqual(lines)
    charles.say('coffee', 'and you?')
    await eve.hears('Charles: and you?')
    expect(eve.heard).toEqual(['Charles: and you?'])
  })

  test('everybody in a room is known to both processes, until he leaves', async () => {
    const [ada, charles] = [await enter('Ada', 'hall', north), await enter('Charles', 'hall', south)]
    expect(await ada.ask('who', 'hall')).toEqual(['Ada', 'Charles'])
    expect(await charles.ask('who', 'hall')).toEqual(['Ada', 'Charles'])
    ada.leave()
    await charles.hears('Ada left')
    expect(await charles.ask('who', 'hall')).toEqual(['Charles'])
  })

  test('a question to a room is answered from both processes', async () => {
    const ada = await enter('Ada', 'poll', north)
    await enter('Charles', 'poll', south)
    const answers = (await ada.ask('poll', 'poll', 'it works')) as string[]
    expect(answers.sort()).toEqual(['Ada: yes, it works', 'Charles: yes, it works'])
  })

  test('a room is closed for everybody by one process', async () => {
    const warden = await enter('Warden', 'office', north)
    const charles = await enter('Charles', 'closing', south)
    await warden.ask('close', 'closing')
    await charles.hears('(disconnected)')
  })
})
