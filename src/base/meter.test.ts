import { expect, test } from 'bun:test'
import { createMeter } from './meter.ts'

const value = (text: string, series: string): number | undefined => {
  const line = text.split('\n').find(candidate => candidate.startsWith(`${series} `))
  return line === undefined ? undefined : Number(line.slice(series.length + 1))
}

test('requests are counted by dialect, method and status class', async () => {
  const meter = createMeter()
  meter.request('msgr', 'GET', 200, 0.002)
  meter.request('msgr', 'GET', 204, 0.002)
  meter.request('msgr', 'BREW', 404, 3)
  const text = await meter.render()
  expect(value(text, 'http_requests_total{dialect="msgr",method="GET",status="2xx"}')).toBe(2)
  expect(value(text, 'http_requests_total{dialect="msgr",method="other",status="4xx"}')).toBe(1)
  expect(value(text, 'http_request_duration_seconds_bucket{le="0.0025",dialect="msgr"}')).toBe(2)
  expect(value(text, 'http_request_duration_seconds_count{dialect="msgr"}')).toBe(3)
})

test('links, frames, overflows and commits are counted, and two meters do not mix', async () => {
  const meter = createMeter()
  createMeter().linkOpened('socket')
  meter.linkOpened('socket')
  meter.linkOpened('socket')
  meter.linkClosed('socket')
  meter.framesOut('socket', 7)
  meter.overflow('socket')
  meter.commit(30)
  const text = await meter.render()
  expect(value(text, 'links{endpoint="socket"}')).toBe(1)
  expect(value(text, 'frames_out_total{endpoint="socket"}')).toBe(7)
  expect(value(text, 'outbox_overflows_total{endpoint="socket"}')).toBe(1)
  expect(value(text, 'store_commit_works_sum')).toBe(30)
})

test('the process is described by finite numbers', async () => {
  const text = await createMeter().render()
  for (const name of ['process_resident_memory_bytes', 'process_cpu_seconds_total', 'process_start_time_seconds']) {
    expect(value(text, name)).toBeGreaterThan(0)
  }
  expect(text).not.toMatch(/nan/i)
})
