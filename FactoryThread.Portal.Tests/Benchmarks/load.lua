-- POSTs to FT_PATH with the keys of the file FT_KEYS, one after the other.
local requests = {}
local next = 0

function init()
  for key in io.lines(os.getenv("FT_KEYS")) do
    requests[#requests + 1] = wrk.format("POST", os.getenv("FT_PATH"), { ["Authorization"] = "Bearer " .. key })
  end
end

function request()
  next = next % #requests + 1
  return requests[next]
end
