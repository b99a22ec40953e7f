-- Posts one fixed request; its last line of output is one JSON object that the driver reads.
wrk.method = "POST"
wrk.path = "/v1/chat/completions"
local file = assert(io.open(os.getenv("BENCH_BODY"), "rb"))
wrk.body = file:read("*a")
file:close()
for line in io.lines(os.getenv("BENCH_HEADERS")) do
  local name, value = line:match("^([^:]+): (.*)$")
  wrk.headers[name] = value
end

function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format(
    '\n{"requests":%d,"errors":%d,"seconds":%.6f,"p50_us":%d,"p99_us":%d,"detail":"connect %d, read %d, write %d, status %d, timeout %d"}\n',
    summary.requests, e.connect + e.read + e.write + e.status + e.timeout, summary.duration / 1e6,
    latency:percentile(50), latency:percentile(99), e.connect, e.read, e.write, e.status, e.timeout))
end
