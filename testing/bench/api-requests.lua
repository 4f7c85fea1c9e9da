-- The requests of one run. SCENE names a file: the first line is the method, then one `path<tab>token<tab>body` a
-- line, sent in turn from the beginning; a run that needs each of them once has more of them than it can send.
local requests, at = {}, 0

function init()
  local file = assert(io.open(os.getenv("SCENE")))
  local method = file:read("l")
  for line in file:lines() do
    local path, token, body = line:match("^([^\t]*)\t([^\t]*)\t(.*)$")
    local headers = {}
    if token ~= "" then headers["authorization"] = "Bearer " .. token end
    if body ~= "" then headers["content-type"] = "application/json" end
    requests[#requests + 1] = wrk.format(method, path, headers, body ~= "" and body or nil)
  end
  file:close()
end

function request()
  at = at % #requests + 1
  return requests[at]
end

-- Costs time for each answer, and so is for slow operations only.
if os.getenv("EXPLAIN") then
  function response(status, _, body)
    if status >= 300 then
      io.write(status, " ", body, "\n")
    end
  end
end

function done(_, latency)
  io.write(string.format("p95 %.3f\n", latency:percentile(95) / 1000))
end
