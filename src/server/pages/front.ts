// The front page: what this server is, which contracts it speaks, how busy it is. Whole in itself: it loads nothing else.
import type { Dialect } from '../../host/dialect.ts'
import { templateOf, told } from '../../host/document.ts'
import { escapeHtml, type HostInfo } from '../../host/own.ts'

const style = `
:root { color-scheme: light dark; --ink: #17212b; --soft: #5d6975; --line: #dfe2e0; --ground: #f7f6f2; --card: #fff; --lead: #0b6b5d }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8ecee; --soft: #96a3ae; --line: #2b343c; --ground: #12171c; --card: #1a2127; --lead: #5fd0bd }
}
* { box-sizing: border-box }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.55 system-ui, sans-serif }
main { max-width: 60rem; margin: 0 auto; padding: clamp(2rem, 7vw, 5rem) 1.25rem 3rem }
header svg { display: block; width: 3rem; height: 3rem; color: var(--lead) }
h1 { font-size: clamp(2.2rem, 6vw, 3.4rem); line-height: 1.05; letter-spacing: -.03em; margin: 1rem 0 .75rem }
header p { max-width: 38rem; margin: 0; font-size: 1.15rem; color: var(--soft) }
h2 { font-size: .8rem; font-weight: 600; letter-spacing: .08em; text-transform: uppercase; color: var(--soft); margin: 3rem 0 1rem }
.counters { display: flex; flex-wrap: wrap; gap: 1rem 3.5rem; margin: 2.5rem 0 0 }
.counters div { display: flex; flex-direction: column-reverse }
.counters dt { color: var(--soft) }
.counters dd { margin: 0; font-size: 2.4rem; font-weight: 600; line-height: 1.15; letter-spacing: -.02em; font-variant-numeric: tabular-nums }
ul { list-style: none; margin: 0; padding: 0; display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 26rem), 1fr)) }
li { background: var(--card); border: 1px solid var(--line); border-radius: .9rem; padding: 1.25rem 1.4rem }
h3 { margin: 0; font-size: 1.2rem; letter-spacing: -.01em }
li p { margin: .3rem 0 .9rem; color: var(--soft) }
li dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem .9rem; margin: 0 0 .9rem; font-size: .9rem }
li dt { color: var(--soft) }
li dd { margin: 0; min-width: 0 }
code { font: .92em/1.5 ui-monospace, monospace; overflow-wrap: anywhere }
dd code { display: block }
a { color: var(--lead); text-underline-offset: .2em }
footer { margin-top: 3rem; padding-top: 1.25rem; border-top: 1px solid var(--line); color: var(--soft); font-size: .9rem }
`

// Addresses stand in the page as paths; only the reader's browser knows under which name the server is reached.
const script = `
const http = location.origin, ws = http.replace(/^http/, 'ws')
for (const code of document.querySelectorAll('code[data-scheme]')) {
  const path = code.textContent === '/' ? '' : code.textContent
  code.textContent = (code.dataset.scheme === 'ws' ? ws : http) + path
}
const numbers = [...document.querySelectorAll('[data-counter]')]
const poll = async () => {
  if (document.hidden) return
  try {
    const answer = await fetch('/counters')
    if (!answer.ok) return
    const counters = await answer.json()
    for (const number of numbers) number.textContent = counters[number.dataset.counter].toLocaleString()
  } catch {
    // The server is away: the numbers stand until it is back.
  }
}
poll()
setInterval(poll, 5000)
document.addEventListener('visibilitychange', poll)
`

const mark =
  '<svg viewBox="0 0 48 48" fill="none" stroke="currentColor" stroke-width="3.5" stroke-linejoin="round" aria-hidden="true">' +
  '<path d="M5 8h26a3 3 0 0 1 3 3v13a3 3 0 0 1-3 3H16l-8 7v-7H5a3 3 0 0 1-3-3V11a3 3 0 0 1 3-3Z"/>' +
  '<path d="M40 16h3a3 3 0 0 1 3 3v14a3 3 0 0 1-3 3h-3v6l-8-6H22"/></svg>'

const icon = `data:image/svg+xml,${encodeURIComponent(
  mark.replace('<svg', '<svg xmlns="http://www.w3.org/2000/svg"').replace('currentColor', '#0b8573'),
)}`

const hash = (text: string): string => `'sha256-${new Bun.CryptoHasher('sha256').update(text).digest('base64')}'`

/** Nothing but what stands in the page, and the counters of this server. */
const policy = [
  "default-src 'none'",
  `style-src ${hash(style)}`,
  `script-src ${hash(script)}`,
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const address = (scheme: 'http' | 'ws', path: string): string =>
  `<code data-scheme="${scheme}">${escapeHtml(templateOf(path))}</code>`

/** Where clients of a contract go: requests, sockets, and where sockets are stood in for. */
const addresses = ({ alias, endpoints }: Dialect): string => {
  const sockets = told(endpoints)
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ['Base URL', ['/', ...(alias ? [alias] : [])].map(path => address('http', path))],
    ['Live', sockets.map(({ path }) => address('ws', path))],
    ['Polling', sockets.flatMap(({ polling }) => (polling ? [address('http', polling)] : []))],
  ]
  return rows
    .filter(([, codes]) => codes.length > 0)
    .map(([name, codes]) => `<dt>${name}</dt><dd>${codes.join('')}</dd>`)
    .join('')
}

const card = (dialect: Dialect): string => {
  const name = escapeHtml(dialect.name)
  return `<li>
<h3>${name}</h3>
<p>${escapeHtml(dialect.title)}</p>
<dl>${addresses(dialect)}</dl>
<a href="/docs/${name}/openapi.json" aria-label="OpenAPI of ${name}">OpenAPI</a> · <a href="/docs/${name}/asyncapi.json" aria-label="AsyncAPI of ${name}">AsyncAPI</a>
</li>`
}

const page = ({ dialects, version }: HostInfo): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Parlance</title>
<meta name="description" content="A chat server that speaks several client contracts from one message core.">
<link rel="icon" href="${icon}">
<style>${style}</style>
<main>
<header>
${mark}
<h1>Parlance</h1>
<p>This is a chat server. It speaks several client contracts from one message core: whoever comes in through one door
talks to people behind all the others.</p>
</header>
<dl class="counters">
<div><dt>people online</dt><dd data-counter="online">–</dd></div>
<div><dt>messages today</dt><dd data-counter="messagesToday">–</dd></div>
</dl>
<h2>Contracts spoken here</h2>
<ul>
${dialects.map(card).join('\n')}
</ul>
<footer>Parlance ${escapeHtml(version)} · <a href="/docs">Documents</a> · <a href="/healthz">Health</a> · <a href="/readyz">Readiness</a> · <a href="/metrics">Metrics</a></footer>
</main>
<script>${script}</script>
</html>
`

export const frontPage = (host: HostInfo): Response =>
  new Response(page(host), {
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-cache',
      'content-security-policy': policy,
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    },
  })
