-- Argo CD: the health of a PostgresDatabase, PostgresFollower or PostgresFork, from its conditions, by the rules of kstatus.
-- Argo CD gives a script neither string nor math.
local health = {status = "Progressing", message = "Waiting for the operator"}
if obj.metadata.deletionTimestamp ~= nil then
  health.message = "Being deleted"
  return health
end
if obj.status == nil or obj.status.conditions == nil then
  return health
end
if obj.status.observedGeneration ~= nil and obj.status.observedGeneration ~= obj.metadata.generation then
  health.message = "The latest change has not been looked at yet"
  return health
end

local conditions = {}
for _, condition in ipairs(obj.status.conditions) do
  conditions[condition.type] = condition
end

local function says(type, status)
  local condition = conditions[type]
  if condition == nil or condition.status ~= status then
    return false
  end
  health.message = condition.reason .. ": " .. condition.message
  return true
end

if says("Reconciling", "True") then
  health.status = "Progressing"
elseif says("Stalled", "True") then
  health.status = "Degraded"
-- Expired and Suspended are states of rest, and have no Ready condition.
elseif says("Available", "False") then
  health.status = "Suspended"
elseif says("Ready", "True") then
  health.status = "Healthy"
else
  says("Ready", "False")
end
return health
