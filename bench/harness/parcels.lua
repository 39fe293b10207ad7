-- One request after another for /parcels/<id>; the first id is the argument of the script.
local id = 0

function init(args)
  id = tonumber(args[1] or "0")
end

function request()
  id = id + 1
  return wrk.format("GET", "/parcels/" .. id)
end
